package handlers

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"gather/access"
	"gather/fetcher/transport"
)

// New returns the HTTP interface. This function lists every route and every
// middleware, in order.
func New(o Options) (http.Handler, error) {
	if o.Stopping == nil {
		o.Stopping = context.Background()
	}
	s := &server{Options: o, contents: transport.NewBudget(largest * (o.MaxBodyBytes + 1))}
	var err error
	if s.reference, err = newReference(); err != nil {
		return nil, err
	}

	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.HandleMethodNotAllowed = true
	router.RedirectTrailingSlash = false
	router.RedirectFixedPath = false
	router.UseRawPath = true

	router.Use(identify, timed, traced, s.record, hardened, s.contain)

	api := router.Group("", s.admit(access.API))
	api.GET("/v1/fetch", handler(s.fetch))
	api.POST("/v1/fetch", handler(s.fetch))
	api.Match(rawMethods[:], rawPath, handler(s.raw))
	api.GET("/v1/jobs", handler(s.listJobs))
	api.GET("/v1/jobs/:id", handler(s.getJob))
	api.GET("/v1/jobs/:id/events", handler(s.jobEvents))
	api.POST("/v1/jobs/:id/retry", handler(s.retryJob))
	api.DELETE("/v1/jobs/:id", handler(s.cancelJob))
	api.GET("/v1/deliveries", handler(s.listDeliveries))
	api.POST("/v1/deliveries/:id/resend", handler(s.resendDelivery))
	api.GET("/v1/collections", handler(s.listCollections))
	api.GET("/v1/collections/:name", handler(s.getCollection))
	api.POST("/v1/collections/:name", handler(s.postCollection))
	api.GET("/v1/upstreams", s.listUpstreams)
	api.DELETE("/v1/cache", handler(s.forget))
	if o.Metrics != nil {
		api.GET("/metrics", gin.WrapH(o.Metrics))
	}

	open := router.Group("", s.admit(access.Open))
	open.POST("/v1/hooks/:name", handler(s.hook))
	open.GET("/livez", live)
	open.GET("/readyz", handler(s.ready))

	router.GET("/openapi.json", s.admitReader, handler(s.openAPI))
	s.routePage(router.Group("", s.admit(access.Page)))

	router.NoRoute(s.admit(access.Open), handler(notFound))
	// A method without a route of its own may still be one to pass through.
	router.NoMethod(s.admit(access.API), handler(func(c *gin.Context) error {
		if c.Request.URL.Path == rawPath && passable(c.Request.Method) {
			return s.raw(c)
		}
		return methodNotAllowed(c)
	}))
	return router, nil
}

func notFound(*gin.Context) error {
	return &problem{status: http.StatusNotFound, detail: "there is nothing here; / is the page, /docs lists what there is"}
}

func methodNotAllowed(c *gin.Context) error {
	return &problem{status: http.StatusMethodNotAllowed, detail: "this takes " + c.Writer.Header().Get("Allow")}
}
