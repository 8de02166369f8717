package config

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long the folder must be quiet before it is read: editors and
// deployments write a file in several steps.
const settle = 100 * time.Millisecond

// maxWait bounds how long steady writing can put a reload off.
const maxWait = 2 * time.Second

// Watch loads src again whenever its file or a file of its collectionsDir
// changes, until ctx ends. A configuration that differs from the last good one
// goes to apply, whole; a faulty one goes to report and changes nothing. Both
// are called from the goroutine that called Watch, one at a time.
//
// Folders are watched rather than files, so that files replaced by renaming,
// as editors and Kubernetes do, are seen. The error is of the watch itself.
func Watch(ctx context.Context, src Sources, current *Config, apply func(*Config, *Origins), report func(error)) error {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("config: watch: %w", err)
	}
	defer notify.Close()
	w := &watcher{src: src, current: current, notify: notify, apply: apply, report: report}
	if err := w.follow(); err != nil {
		return err
	}
	return w.run(ctx)
}

type watcher struct {
	src     Sources
	current *Config
	notify  *fsnotify.Watcher
	apply   func(*Config, *Origins)
	report  func(error)
	folder  string // of collections, watched
}

// follow watches the folder of the file and the folder of collections that the
// current configuration names.
func (w *watcher) follow() error {
	path, _ := w.src.Path()
	if err := w.notify.Add(filepath.Dir(path)); err != nil {
		return fmt.Errorf("config: watch the folder of the configuration: %w", err)
	}
	if dir := w.current.CollectionsDir; dir != w.folder {
		if w.folder != "" && filepath.Clean(w.folder) != filepath.Dir(path) {
			// It may be gone from the disk, and the watch with it.
			if err := w.notify.Remove(w.folder); err != nil && !errors.Is(err, fsnotify.ErrNonExistentWatch) {
				return fmt.Errorf("config: leave the old collectionsDir: %w", err)
			}
		}
		w.folder = dir
	}
	if w.folder != "" {
		if err := w.notify.Add(w.folder); err != nil {
			return fmt.Errorf("config: watch collectionsDir: %w", err)
		}
	}
	return nil
}

func (w *watcher) run(ctx context.Context) error {
	var late <-chan time.Time
	quiet := time.After(settle) // for what changed between the caller's Load and the watch
	for {
		select {
		case <-ctx.Done():
			return nil
		case event := <-w.notify.Events:
			if !w.concerns(event) {
				continue
			}
			quiet = time.After(settle)
			if late == nil {
				late = time.After(maxWait)
			}
			continue
		case err := <-w.notify.Errors:
			w.report(fmt.Errorf("config: watch: %w", err))
			if !errors.Is(err, fsnotify.ErrEventOverflow) {
				continue
			}
			// Events were lost, perhaps ours.
		case <-quiet:
		case <-late:
		}
		quiet, late = nil, nil
		w.reload()
	}
}

// concerns reports whether an event can change what Load reads. Other files
// beside the configuration, a database or a log, may be written all the time.
func (w *watcher) concerns(event fsnotify.Event) bool {
	if event.Op == fsnotify.Chmod {
		return false
	}
	path, _ := w.src.Path()
	name := filepath.Base(event.Name)
	switch {
	case filepath.Clean(event.Name) == filepath.Clean(path):
		return true
	case name == "..data": // the link that Kubernetes moves to a new version
		return true
	case w.folder == "":
		return false
	}
	inFolder := filepath.Dir(event.Name) == filepath.Clean(w.folder)
	return inFolder && isCollectionFile(name) || filepath.Clean(event.Name) == filepath.Clean(w.folder)
}

func (w *watcher) reload() {
	cfg, origins, err := Load(w.src)
	if err != nil {
		w.report(err)
		return
	}
	if reflect.DeepEqual(cfg, w.current) {
		return
	}
	w.current = cfg
	if err := w.follow(); err != nil {
		w.report(err)
	}
	w.apply(cfg, origins)
}
