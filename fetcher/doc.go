// Package fetcher turns a batch of requests into responses: it judges the batch
// ([DecodeBatch], [Compile]), runs it as a graph of calls ([Engine]) and hands
// out every [Response] the moment it is done.
//
// It owns the words of the contract (Batch, Request, Response, Timing, Code),
// the chain every call goes through (chain.go) and the redirect policy. It never
// reads configuration, never speaks HTTP to clients of this service and never
// keeps anything beyond a run; handlers, jobs and the command line do.
package fetcher
