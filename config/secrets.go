package config

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
)

// minSigningKey is the least key size Standard Webhooks allows, in bytes.
const minSigningKey = 24

var envNamePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// secretNames lists the variables that the configuration takes secrets from.
func (c *Config) secretNames() []string {
	var names []string
	for _, u := range c.Upstreams {
		if u.Credential != nil {
			names = append(names, u.Credential.Env)
		}
	}
	for _, cb := range c.Callbacks {
		names = append(names, cb.SecretEnv...)
	}
	for _, h := range c.Hooks {
		names = append(names, h.SecretEnv...)
	}
	return append(names, c.Jobs.CallbackSecretEnv...)
}

// revealSecrets fills in the values of the variables that the configuration
// names.
func (l *loader) revealSecrets() {
	for i := range l.cfg.Upstreams {
		if c := l.cfg.Upstreams[i].Credential; c != nil {
			c.Secret = l.secret(c.Env, fmt.Sprintf("upstreams[%d].credential.env", i))
			if c.Type == "basic" && c.Username != "" {
				c.Secret = Secret(c.Username + ":" + c.Secret.Reveal())
			}
		}
	}
	for i := range l.cfg.Callbacks {
		c := &l.cfg.Callbacks[i]
		c.Secrets = l.signingSecrets(c.SecretEnv, fmt.Sprintf("callbacks[%d].secretEnv", i), true)
	}
	if names := l.cfg.Jobs.CallbackSecretEnv; len(names) > 0 {
		l.cfg.Jobs.CallbackSecrets = l.signingSecrets(names, "jobs.callbackSecretEnv", true)
	}
	for i := range l.cfg.Hooks {
		h := &l.cfg.Hooks[i]
		h.Secrets = l.signingSecrets(h.SecretEnv, fmt.Sprintf("hooks[%d].secretEnv", i), h.Type == "standard")
	}
}

// secret looks a variable up. Its value is never part of a fault, nor is a
// name that cannot be one: that may be the secret itself, written in the
// wrong place.
func (l *loader) secret(name, path string) Secret {
	switch value, ok := l.env[name]; {
	case name == "":
		l.fault(path, "is missing; it names the environment variable that holds the secret")
	case !envNamePattern.MatchString(name):
		l.fault(path, "is not the name of an environment variable")
	case !ok:
		l.fault(path, "the environment variable "+name+" is not set or empty")
	case strings.ContainsAny(value, "\r\n\x00"):
		l.fault(path, "the environment variable "+name+" holds a line break or a NUL")
	default:
		return Secret(value)
	}
	return ""
}

// signingSecrets looks several variables up. Secrets after Standard Webhooks
// are whsec_ and base64, or bare base64.
func (l *loader) signingSecrets(names StringList, path string, standard bool) []Secret {
	if len(names) == 0 {
		l.fault(path, "is missing; it names the environment variables that hold the secrets")
	}
	var out []Secret
	for i, name := range names {
		at := fmt.Sprintf("%s[%d]", path, i)
		secret := l.secret(name, at)
		if secret == "" {
			continue
		}
		if standard {
			encoded := strings.TrimRight(strings.TrimPrefix(strings.TrimSpace(secret.Reveal()), "whsec_"), "=")
			key, err := base64.RawStdEncoding.DecodeString(encoded)
			if err != nil || len(key) < minSigningKey {
				l.fault(at, "the environment variable "+name+" does not hold a Standard Webhooks secret: whsec_ and 24 bytes or more in base64")
				continue
			}
		}
		out = append(out, secret)
	}
	return out
}
