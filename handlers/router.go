package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// New returns the HTTP interface. This function lists every route and every
// middleware, in order.
func New(o Options) (http.Handler, error) {
	s := &server{Options: o}
	spec, err := specJSON()
	if err != nil {
		return nil, err
	}
	s.spec = spec

	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.HandleMethodNotAllowed = true
	router.RedirectTrailingSlash = false
	router.RedirectFixedPath = false
	router.UseRawPath = true

	router.Use(identify, timed, s.record, s.contain, s.admit)

	router.GET("/v1/fetch", handler(s.fetch))
	router.POST("/v1/fetch", handler(s.fetch))
	router.Any("/v1/raw", handler(s.raw))
	router.GET("/v1/upstreams", s.listUpstreams)
	router.DELETE("/v1/cache", handler(s.forget))

	router.GET("/livez", live)
	router.GET("/readyz", handler(s.ready))
	if o.Metrics != nil {
		router.GET("/metrics", gin.WrapH(o.Metrics))
	}
	router.GET("/openapi.json", s.openAPI)
	s.routePage(router)

	router.NoRoute(handler(func(*gin.Context) error {
		return &problem{status: http.StatusNotFound, detail: "there is nothing here; / is the page, /docs lists what there is"}
	}))
	router.NoMethod(handler(func(c *gin.Context) error {
		return &problem{
			status: http.StatusMethodNotAllowed, detail: "this takes " + c.Writer.Header().Get("Allow"),
		}
	}))
	return router, nil
}
