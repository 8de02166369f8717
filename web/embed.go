// Package web holds the built single-page front end, ready to be served. Its sources are in web/app; web/dist is what `npm run build`
// makes of them, byte for byte, and is committed so that building the service needs no Node.
//
// It owns the files and nothing else: paths, headers and the content security policy belong to package handlers.
package web

import (
	"embed"
	"io/fs"
)

//go:embed dist
var built embed.FS

// Dist returns the built files: index.html (the page), docs.html (the API reference), and below assets/ the files that both name by their
// content's hash, so that these may be cached for ever.
func Dist() (fs.FS, error) {
	return fs.Sub(built, "dist")
}
