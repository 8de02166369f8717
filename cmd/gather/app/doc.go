// Package app is the composition root: it turns a configuration into the parts
// of the service and starts and stops them in order. It decides nothing else.
package app
