package config

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// watched runs Watch on a file until the test ends.
type watched struct {
	applied  chan *Config
	reported chan error
}

func watch(t *testing.T, src Sources) *watched {
	t.Helper()
	cfg, _, err := Load(src)
	if err != nil {
		t.Fatal(err)
	}
	w := &watched{applied: make(chan *Config, 10), reported: make(chan error, 10)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	started := make(chan struct{})
	go func() {
		close(started)
		done <- Watch(ctx, src, cfg, func(c *Config, _ *Origins) { w.applied <- c }, func(err error) { w.reported <- err })
	}()
	<-started
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return w
}

// limit is how long a change may take to be seen on a busy machine.
const limit = 20 * time.Second

func (w *watched) next(t *testing.T) *Config {
	t.Helper()
	select {
	case cfg := <-w.applied:
		return cfg
	case err := <-w.reported:
		t.Fatalf("reported instead of applied: %v", err)
	case <-time.After(limit):
		t.Fatal("a change was not seen")
	}
	return nil
}

func (w *watched) nextFault(t *testing.T) string {
	t.Helper()
	select {
	case <-w.applied:
		t.Fatal("a faulty file was applied")
	case err := <-w.reported:
		return err.Error()
	case <-time.After(limit):
		t.Fatal("a fault was not reported")
	}
	return ""
}

func TestWatch(t *testing.T) {
	t.Parallel()
	path := write(t, "fetch: {concurrency: 1}")
	w := watch(t, Sources{File: path})

	writeFile(t, path, "fetch: {concurrency: 2}")
	if got := w.next(t).Fetch.Concurrency; got != 2 {
		t.Errorf("concurrency %d, want 2", got)
	}

	writeFile(t, path, "fetch: {concurrency: nonsense}")
	if got := w.nextFault(t); !strings.HasPrefix(got, path+":1:22: fetch.concurrency: ") {
		t.Errorf("reported %s", got)
	}

	// As editors and deployments do it: a new file put in the place of the old.
	beside := filepath.Join(filepath.Dir(path), "gather.yaml.new")
	writeFile(t, beside, "fetch: {concurrency: 3}")
	if err := os.Rename(beside, path); err != nil {
		t.Fatal(err)
	}
	if got := w.next(t).Fetch.Concurrency; got != 3 {
		t.Errorf("concurrency %d, want 3", got)
	}

	// The same values and a comment: nothing to apply, so that the next thing
	// applied is what follows.
	writeFile(t, path, "fetch: {concurrency: 3} # still")
	writeFile(t, filepath.Join(filepath.Dir(path), "other.log"), "not ours")
	writeFile(t, path, "fetch: {concurrency: 4}")
	if got := w.next(t).Fetch.Concurrency; got != 4 {
		t.Errorf("concurrency %d, want 4", got)
	}

	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if got := w.nextFault(t); !strings.Contains(got, "cannot be read") {
		t.Errorf("reported %s", got)
	}
}

func TestWatchCollections(t *testing.T) {
	t.Parallel()
	first, second := t.TempDir(), t.TempDir()
	writeFile(t, filepath.Join(second, "b.yaml"), minimalBatch)
	path := write(t, "collectionsDir: "+first)
	w := watch(t, Sources{File: path})

	writeFile(t, filepath.Join(first, "a.yaml"), minimalBatch)
	if got := w.next(t).Collections; len(got) != 1 || got[0].Name != "a" {
		t.Errorf("got %+v", got)
	}

	writeFile(t, filepath.Join(first, "a.yaml"), "batch: [")
	if got := w.nextFault(t); !strings.Contains(got, filepath.Join(first, "a.yaml")+":1:8: is not YAML") {
		t.Errorf("reported %s", got)
	}

	writeFile(t, path, "collectionsDir: "+second)
	if got := w.next(t).Collections; len(got) != 1 || got[0].Name != "b" {
		t.Errorf("got %+v", got)
	}

	writeFile(t, filepath.Join(second, "c.yaml"), minimalBatch)
	if got := w.next(t).Collections; len(got) != 2 || got[1].Name != "c" {
		t.Errorf("the new folder is not watched: %+v", got)
	}
}

// TestWatchSeesWhatChangedBefore changes the file between Load and Watch.
func TestWatchSeesWhatChangedBefore(t *testing.T) {
	t.Parallel()
	src := Sources{File: write(t, "fetch: {concurrency: 2}")}
	ctx, cancel := context.WithCancel(context.Background())
	seen := 0
	err := Watch(ctx, src, Default(), func(c *Config, _ *Origins) {
		seen = c.Fetch.Concurrency
		cancel()
	}, func(err error) { t.Error(err) })
	if err != nil || seen != 2 {
		t.Errorf("concurrency %d, %v", seen, err)
	}
}

func TestWatchNeedsItsFolder(t *testing.T) {
	t.Parallel()
	src := Sources{File: filepath.Join(t.TempDir(), "none", "gather.yaml")}
	err := Watch(context.Background(), src, Default(), func(*Config, *Origins) {}, func(error) {})
	if err == nil {
		t.Error("a folder that is not there is watched")
	}
}

// TestWatchFollowsMountedFolders changes a file as Kubernetes does: a link to a
// folder of versions is moved, and the file itself never written.
func TestWatchFollowsMountedFolders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "..v1", "gather.yaml"), "fetch: {concurrency: 1}")
	writeFile(t, filepath.Join(dir, "..v2", "gather.yaml"), "fetch: {concurrency: 2}")
	link := func(to, name string) {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	link("..v1", "..data")
	link(filepath.Join("..data", "gather.yaml"), "gather.yaml")
	w := watch(t, Sources{File: filepath.Join(dir, "gather.yaml")})
	link("..v2", "..data_tmp")
	if err := os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")); err != nil {
		t.Fatal(err)
	}
	if got := w.next(t).Fetch.Concurrency; got != 2 {
		t.Errorf("concurrency %d, want 2", got)
	}
}
