package config

func validate(l *loader) {}

// fault reports what is wrong with the value at path, once: a value that could
// not be decoded is not judged again.
func (l *loader) fault(path, message string) {
	for _, f := range l.faults.List {
		if f.Key == path {
			return
		}
	}
	l.faults.add(l.origins.Of(path), path, message)
}
