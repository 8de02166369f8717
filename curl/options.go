package curl

// The options of curl 8, because a word after an option cannot be read without knowing whether it is the option's
// value.

// shorts are the options of one letter.
var shorts = map[byte]string{
	'#': "progress-bar", '0': "http1.0", '1': "tlsv1", '2': "sslv2", '3': "sslv3", '4': "ipv4", '6': "ipv6", ':': "next", 'A': "user-agent",
	'B': "use-ascii", 'C': "continue-at", 'D': "dump-header", 'E': "cert", 'F': "form", 'G': "get", 'H': "header", 'I': "head",
	'J': "remote-header-name", 'K': "config", 'L': "location", 'M': "manual", 'N': "no-buffer", 'O': "remote-name", 'P': "ftp-port", 'Q': "quote",
	'R': "remote-time", 'S': "show-error", 'T': "upload-file", 'U': "proxy-user", 'V': "version", 'X': "request", 'Y': "speed-limit", 'Z': "parallel",
	'a': "append", 'b': "cookie", 'c': "cookie-jar", 'd': "data", 'e': "referer", 'f': "fail", 'g': "globoff", 'h': "help", 'i': "include",
	'j': "junk-session-cookies", 'k': "insecure", 'l': "list-only", 'm': "max-time", 'n': "netrc", 'o': "output", 'p': "proxytunnel", 'q': "disable",
	'r': "range", 's': "silent", 't': "telnet-option", 'u': "user", 'v': "verbose", 'w': "write-out", 'x': "proxy", 'y': "speed-time", 'z': "time-cond",
}

// valued are the options that take the next word.
var valued = map[string]bool{
	"proxy": true, "preproxy": true,
	"abstract-unix-socket": true, "alt-svc": true, "aws-sigv4": true, "cacert": true, "capath": true, "cert": true, "cert-type": true, "ciphers": true,
	"config": true, "connect-timeout": true, "connect-to": true, "continue-at": true, "cookie": true, "cookie-jar": true, "create-file-mode": true,
	"crlfile": true, "curves": true, "data": true, "data-ascii": true, "data-binary": true, "data-raw": true, "data-urlencode": true,
	"delegation": true, "dns-interface": true, "dns-ipv4-addr": true, "dns-ipv6-addr": true, "dns-servers": true, "doh-url": true, "dump-header": true,
	"ech": true, "egd-file": true, "engine": true, "etag-compare": true, "etag-save": true, "expect100-timeout": true, "form": true,
	"form-string": true, "ftp-account": true, "ftp-alternative-to-user": true, "ftp-method": true, "ftp-port": true, "ftp-ssl-ccc-mode": true,
	"happy-eyeballs-timeout-ms": true, "haproxy-clientip": true, "header": true, "help": true, "hostpubmd5": true, "hostpubsha256": true, "hsts": true,
	"interface": true, "ip-tos": true, "ipfs-gateway": true, "json": true, "keepalive-cnt": true, "keepalive-time": true, "key": true, "key-type": true,
	"krb": true, "libcurl": true, "limit-rate": true, "local-port": true, "login-options": true, "mail-auth": true, "mail-from": true,
	"mail-rcpt": true, "max-filesize": true, "max-redirs": true, "max-time": true, "netrc-file": true, "noproxy": true, "oauth2-bearer": true,
	"output": true, "output-dir": true, "parallel-max": true, "pass": true, "pinnedpubkey": true, "proto": true, "proto-default": true,
	"proto-redir": true, "proxy-cacert": true, "proxy-capath": true, "proxy-cert": true, "proxy-cert-type": true, "proxy-ciphers": true,
	"proxy-crlfile": true, "proxy-header": true, "proxy-key": true, "proxy-key-type": true, "proxy-pass": true, "proxy-pinnedpubkey": true,
	"proxy-service-name": true, "proxy-tls13-ciphers": true, "proxy-tlsauthtype": true, "proxy-tlspassword": true, "proxy-tlsuser": true,
	"proxy-user": true, "proxy1.0": true, "pubkey": true, "quote": true, "random-file": true, "range": true, "rate": true, "referer": true,
	"request": true, "request-target": true, "resolve": true, "retry": true, "retry-delay": true, "retry-max-time": true, "sasl-authzid": true,
	"service-name": true, "sigalgs": true, "socks4": true, "socks4a": true, "socks5": true, "socks5-gssapi-service": true, "socks5-hostname": true,
	"speed-limit": true, "speed-time": true, "stderr": true, "telnet-option": true, "tftp-blksize": true, "time-cond": true, "tls-max": true,
	"tls13-ciphers": true, "tlsauthtype": true, "tlspassword": true, "tlsuser": true, "trace": true, "trace-ascii": true, "trace-config": true,
	"unix-socket": true, "upload-file": true, "upload-flags": true, "url": true, "url-query": true, "user": true, "user-agent": true, "variable": true,
	"vlan-priority": true, "write-out": true,
}

// switches are the options that take none. Each has a --no- form too.
var switches = map[string]bool{
	"anyauth": true, "append": true, "basic": true, "buffer": true, "ca-native": true, "cert-status": true, "compressed": true, "compressed-ssh": true,
	"create-dirs": true, "crlf": true, "digest": true, "disable": true, "disable-eprt": true, "disable-epsv": true, "disallow-username-in-url": true,
	"doh-cert-status": true, "doh-insecure": true, "fail": true, "fail-early": true, "fail-with-body": true, "false-start": true, "follow": true,
	"form-escape": true, "ftp-create-dirs": true, "ftp-pasv": true, "ftp-pret": true, "ftp-skip-pasv-ip": true, "ftp-ssl-ccc": true,
	"ftp-ssl-control": true, "get": true, "globoff": true, "haproxy-protocol": true, "head": true, "http0.9": true, "http1.0": true, "http1.1": true,
	"http2": true, "http2-prior-knowledge": true, "http3": true, "http3-only": true, "ignore-content-length": true, "include": true, "insecure": true,
	"ipv4": true, "ipv6": true, "junk-session-cookies": true, "keepalive": true, "list-only": true, "location": true, "location-trusted": true,
	"mail-rcpt-allowfails": true, "manual": true, "metalink": true, "mptcp": true, "negotiate": true, "netrc": true, "netrc-optional": true,
	"next": true, "no-alpn": true, "no-buffer": true, "no-clobber": true, "no-keepalive": true, "no-npn": true, "no-progress-meter": true,
	"no-sessionid": true, "ntlm": true, "ntlm-wb": true, "parallel": true, "parallel-immediate": true, "path-as-is": true, "post301": true,
	"post302": true, "post303": true, "progress-bar": true, "proxy-anyauth": true, "proxy-basic": true,
	"proxy-ca-native": true, "proxy-digest": true, "proxy-http2": true, "proxy-insecure": true, "proxy-negotiate": true, "proxy-ntlm": true,
	"proxy-ssl-allow-beast": true, "proxy-ssl-auto-client-cert": true, "proxy-tlsv1": true, "proxytunnel": true, "raw": true,
	"remote-header-name": true, "remote-name": true, "remote-name-all": true, "remote-time": true, "remove-on-error": true, "retry-all-errors": true,
	"retry-connrefused": true, "sasl-ir": true, "sessionid": true, "show-error": true, "silent": true, "skip-existing": true, "socks5-basic": true,
	"socks5-gssapi": true, "socks5-gssapi-nec": true, "ssl": true, "ssl-allow-beast": true, "ssl-auto-client-cert": true, "ssl-no-revoke": true,
	"ssl-reqd": true, "ssl-revoke-best-effort": true, "sslv2": true, "sslv3": true, "styled-output": true, "suppress-connect-headers": true,
	"tcp-fastopen": true, "tcp-nodelay": true, "tftp-no-options": true, "tls-earlydata": true, "tlsv1": true, "tlsv1.0": true, "tlsv1.1": true,
	"tlsv1.2": true, "tlsv1.3": true, "tr-encoding": true, "trace-ids": true, "trace-time": true, "use-ascii": true, "verbose": true, "version": true,
	"xattr": true,
}
