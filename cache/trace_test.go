package cache_test

import (
	"crypto/tls"
	"net/http/httptrace"
	"net/textproto"
	"reflect"
	"testing"
)

// hooks is how many an httptrace.ClientTrace has.
var hooks = int64(reflect.TypeFor[httptrace.ClientTrace]().NumField())

// everyHook is a trace whose every hook calls f.
func everyHook(f func()) *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { f() }, GotConn: func(httptrace.GotConnInfo) { f() }, PutIdleConn: func(error) { f() },
		GotFirstResponseByte: f, Got100Continue: f, TLSHandshakeStart: f, WroteHeaders: f, Wait100Continue: f,
		Got1xxResponse: func(int, textproto.MIMEHeader) error { f(); return nil },
		DNSStart:       func(httptrace.DNSStartInfo) { f() }, DNSDone: func(httptrace.DNSDoneInfo) { f() },
		ConnectStart: func(string, string) { f() }, ConnectDone: func(string, string, error) { f() },
		TLSHandshakeDone: func(tls.ConnectionState, error) { f() },
		WroteHeaderField: func(string, []string) { f() }, WroteRequest: func(httptrace.WroteRequestInfo) { f() },
	}
}

// callEvery calls every hook of the trace, by reflection: one that a later Go adds and the gate
// does not know is missing here.
func callEvery(t *testing.T, trace *httptrace.ClientTrace) {
	t.Helper()
	v := reflect.ValueOf(trace).Elem()
	for i := range v.NumField() {
		hook := v.Field(i)
		if hook.IsNil() {
			t.Errorf("the gate has no %s", v.Type().Field(i).Name)
			continue
		}
		arguments := make([]reflect.Value, hook.Type().NumIn())
		for j := range arguments {
			arguments[j] = reflect.Zero(hook.Type().In(j))
		}
		hook.Call(arguments)
	}
}
