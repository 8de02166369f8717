package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

// maxCollectionFiles bounds what a folder may cost.
const maxCollectionFiles = 1000

// readCollections appends the files of collectionsDir, in the order of their
// names, to the collections of the configuration.
func (l *loader) readCollections() {
	dir := l.cfg.CollectionsDir
	if dir == "" {
		return
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		l.fault("collectionsDir", quote(dir)+" "+cannotRead(err))
		return
	}
	files := 0
	for _, e := range entries {
		if !isCollectionFile(e.Name()) || e.IsDir() {
			continue
		}
		if files++; files > maxCollectionFiles {
			l.fault("collectionsDir", fmt.Sprintf("%s holds more than %d files", quote(dir), maxCollectionFiles))
			return
		}
		l.readCollection(filepath.Join(dir, e.Name()))
	}
}

func isCollectionFile(name string) bool {
	switch filepath.Ext(name) {
	case ".yaml", ".yml", ".json":
		return !strings.HasPrefix(name, ".")
	}
	return false
}

func (l *loader) readCollection(file string) {
	path := fmt.Sprintf("collections[%d]", len(l.cfg.Collections))
	origin := Origin{Kind: KindFile, Name: file}
	text, err := l.read(file)
	if err != nil {
		l.faults.add(origin, "", cannotRead(err))
		return
	}
	l.origins.set(path, origin)
	c := Collection{Name: strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))}
	if l.decode(text, origin, reflect.ValueOf(&c).Elem(), path, rules{}) {
		l.cfg.Collections = append(l.cfg.Collections, c)
	}
}
