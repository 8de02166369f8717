package config

import (
	"fmt"
	"math"
	"reflect"
)

// inherit fills in what list elements left out and take from elsewhere: the
// limits of an upstream from defaults, the burst of a key from its rate.
func (l *loader) inherit() {
	for i := range l.cfg.Upstreams {
		from := reflect.ValueOf(l.cfg.Defaults)
		to := reflect.ValueOf(&l.cfg.Upstreams[i].HostRules).Elem()
		for _, f := range fieldsOf(from.Type()) {
			path := fmt.Sprintf("upstreams[%d].%s", i, f.name)
			if _, set := l.origins.exact(path); set {
				continue
			}
			to.FieldByIndex(f.index).Set(from.FieldByIndex(f.index))
			l.origins.set(path, Origin{Kind: KindInherited, Name: "defaults." + f.name})
		}
	}
	for i := range l.cfg.Auth.Keys {
		key, path := &l.cfg.Auth.Keys[i], fmt.Sprintf("auth.keys[%d].", i)
		if _, set := l.origins.exact(path + "burst"); !set && key.Rate > 0 {
			key.Burst = int(math.Ceil(key.Rate))
			l.origins.set(path+"burst", Origin{Kind: KindInherited, Name: path + "rate"})
		}
	}
}
