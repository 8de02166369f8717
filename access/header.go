package access

import "net/http"

// pagePolicy lets the front end run its own scripts and talk to its own origin,
// and nothing else.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// dataPolicy makes whatever a browser takes an answer for inert: a fetched HTML
// page must not run as one of this origin.
const dataPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox"

// HardenPage sets the fields that confine the front end's own pages and files.
func HardenPage(h http.Header) {
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	harden(h)
}

// HardenData sets the fields for every other answer, fetched ones above all. An
// upstream's own Content-Security-Policy stays in force beside ours: browsers
// obey both.
func HardenData(h http.Header) {
	h.Add("Content-Security-Policy", dataPolicy)
	harden(h)
}

func harden(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}
