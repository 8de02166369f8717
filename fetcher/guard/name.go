package guard

import "strings"

// localSuffixes are the names that never mean a public host: special-use names
// (RFC 6761, 6762, 7686, 8375), ICANN's private-use .internal, and those that
// clusters and home networks answer for by themselves.
var localSuffixes = []string{
	"localhost", "localdomain", "local", "internal", "intranet", "private",
	"corp", "home", "lan", "svc", "onion", "arpa",
}

// metadataNames are the names of cloud metadata services. They are refused even
// where an upstream is configured under one.
var metadataNames = []string{
	"metadata.google.internal",
	"metadata.goog",
	"metadata.azure.internal",
	"instance-data.ec2.internal",
	"metadata.tencentyun.com",
	"metadata.platformequinix.com",
	"metadata.packet.net",
	"api.metadata.cloud.ibm.com",
}

// isPublicName reports whether a name in normal form could be a public host: at
// least two labels and no suffix that is kept for local use.
func isPublicName(name string) bool {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return false
	}
	top := name[dot+1:]
	for _, suffix := range localSuffixes {
		if top == suffix {
			return false
		}
	}
	return true
}

// isMetadataName reports whether a name is, or lies below, a metadata service's.
func isMetadataName(name string) bool {
	for _, metadata := range metadataNames {
		if rest, ok := strings.CutSuffix(name, metadata); ok && (rest == "" || rest[len(rest)-1] == '.') {
			return true
		}
	}
	return false
}
