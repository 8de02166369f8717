package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"strings"
)

// DefaultFile is read from the working directory where no file is named.
const DefaultFile = "gather.yaml"

// Sources are where a configuration is read from, weakest first: the
// defaults, File, Env, Flags.
type Sources struct {
	// File is the file named by the user. Where it is empty, GATHER_CONFIG
	// names it; where that is empty too, DefaultFile is read if it is there.
	File string
	// Env is the environment as os.Environ returns it: keys as GATHER_…, and
	// the secrets that the configuration names. An empty variable counts as
	// not set.
	Env []string
	// Flags are key paths and the text of their values, as in the environment.
	Flags map[string]string
	// OtherEnv names further GATHER_… variables that the program reads
	// itself; any other unknown one is a fault.
	OtherEnv []string
	// Judge, where given, is asked about the batch of every collection.
	Judge func(Collection) []BatchFault
}

// BatchFault is something wrong inside the batch of a collection.
type BatchFault struct {
	Pointer string // JSON pointer into the batch, such as #/requests/0/url
	Detail  string // a sentence without secrets
}

// Load reads, merges and validates. The error is a *Faults that holds every
// fault; without one, the configuration is ready for use and the origins tell
// where each value came from.
func Load(src Sources) (*Config, *Origins, error) { return load(src, readBounded) }

func load(src Sources, read func(path string) ([]byte, error)) (*Config, *Origins, error) {
	l := &loader{src: src, read: read, env: environment(src.Env), cfg: Default(), origins: newOrigins(), faults: &Faults{}}
	readable := l.readFile()
	l.readEnv()
	l.readFlags()
	if readable {
		l.readCollections()
		l.inherit()
		l.revealSecrets()
		l.refuseUnknownEnv()
		validate(l)
	}
	if len(l.faults.List) > 0 {
		l.faults.sort()
		return nil, nil, l.faults
	}
	return l.cfg, l.origins, nil
}

// loader is one run of Load.
type loader struct {
	src     Sources
	read    func(path string) ([]byte, error) // at most a little more than maxDocument
	env     map[string]string
	cfg     *Config
	origins *Origins
	faults  *Faults
}

func environment(list []string) map[string]string {
	env := make(map[string]string, len(list))
	for _, pair := range list {
		if name, value, ok := strings.Cut(pair, "="); ok && value != "" {
			env[name] = value
		}
	}
	return env
}

// Path returns the configuration file that Load reads, and whether the user
// named it, so that it has to be there.
func (s Sources) Path() (path string, named bool) {
	if s.File != "" {
		return s.File, true
	}
	if path := environment(s.Env)[EnvFile]; path != "" {
		return path, true
	}
	return DefaultFile, false
}

// readFile reports whether the file, if there is one, could be read and
// parsed: what is judged without it would only be misjudged.
func (l *loader) readFile() bool {
	path, named := l.src.Path()
	origin := Origin{Kind: KindFile, Name: path}
	text, err := l.read(path)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return true
	}
	if err != nil {
		l.faults.add(origin, "", cannotRead(err))
		return false
	}
	return l.decode(text, origin, reflect.ValueOf(l.cfg).Elem(), "", rules{})
}

// decode parses text and writes it to v. It reports whether the text could be
// parsed, whatever became of its values.
func (l *loader) decode(text []byte, origin Origin, v reflect.Value, path string, r rules) bool {
	doc := &document{origin: origin, faults: l.faults}
	before := len(l.faults.List)
	root := doc.parse(text)
	parsed := len(l.faults.List) == before
	if root != nil {
		(&decoder{doc: doc, origins: l.origins}).decode(root, v, path, r)
	}
	return parsed
}

// readBounded reads at most one byte more than a document may have.
func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxDocument+1))
}

func cannotRead(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err // the path stands in the fault's origin already
	}
	return fmt.Sprintf("cannot be read: %v", err)
}
