//go:build !unix

package jobs

import (
	"fmt"
	"os"
)

// A fileLock keeps a second process from taking the first one's running jobs for
// dead. Where there is no flock the file is held open, which keeps others from
// removing it on systems that allow no removal of open files, and a stale one is
// taken over.
type fileLock struct {
	f    *os.File
	name string
}

func lockFile(name string) (*fileLock, error) {
	if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
		return nil, errInUse
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	return &fileLock{f, name}, nil
}

func (l *fileLock) release() {
	_ = l.f.Close()
	_ = os.Remove(l.name)
}
