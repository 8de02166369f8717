package handlers

import (
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"

	"gather/access"
)

// routePage serves the page and its files. Their names hold a hash of what they
// hold, so that a browser may keep them for ever; the page itself it asks for.
func (s *server) routePage(router gin.IRoutes) {
	for _, p := range [...]string{"/", "/docs"} {
		router.GET(p, s.page)
		router.HEAD(p, s.page)
	}
	router.GET("/ui/config.json", s.pageConfig)
	_ = fs.WalkDir(s.UI, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || name == "index.html" {
			return err
		}
		router.GET("/"+name, s.file(name))
		return nil
	})
}

func (s *server) page(c *gin.Context) {
	access.HardenPage(c.Writer.Header())
	c.Header("Cache-Control", "no-cache")
	s.serve(c, "index.html")
}

func (s *server) file(name string) gin.HandlerFunc {
	immutable := strings.HasPrefix(name, "assets/")
	return func(c *gin.Context) {
		access.HardenPage(c.Writer.Header())
		if immutable {
			c.Header("Cache-Control", "public, max-age=31536000, immutable")
		} else {
			c.Header("Cache-Control", "no-cache")
		}
		s.serve(c, name)
	}
}

// serve writes an embedded file. http.ServeFileFS would redirect index.html away.
func (s *server) serve(c *gin.Context, name string) {
	content, err := fs.ReadFile(s.UI, name)
	if err != nil {
		fail(c, err)
		return
	}
	c.Data(http.StatusOK, typeOf(name), content)
}

func typeOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json", ".webmanifest":
		return "application/json"
	case ".png":
		return "image/png"
	case ".woff2":
		return "font/woff2"
	default:
		return "application/octet-stream"
	}
}

// pageConfig tells the page what it cannot know by itself.
func (s *server) pageConfig(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	sample := s.Sample
	if sample == nil {
		sample = []string{}
	}
	c.JSON(http.StatusOK, gin.H{"sample": sample, "version": s.Version, "auth": s.Auth})
}
