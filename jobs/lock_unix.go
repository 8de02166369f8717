//go:build unix

package jobs

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// A fileLock keeps a second process from taking the first one's running jobs for
// dead. The kernel drops it with the process, however that ends.
type fileLock struct{ f *os.File }

func lockFile(name string) (*fileLock, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errInUse
		}
		return nil, fmt.Errorf("lock: %w", err)
	}
	return &fileLock{f}, nil
}

func (l *fileLock) release() { _ = l.f.Close() }
