package fetcher

import (
	"net/http"
	"time"

	"gather/cache"
	"gather/fetcher/expr"
)

// Plan is a batch that may be run: every fault it could have before anything is
// sent has been looked for. It is immutable and may be run many times.
type Plan struct {
	items       []item
	timeout     time.Duration
	concurrency int
	// roots are the values beside items that references may name: params, hook.
	roots map[string]any
	// linked says that some item depends on another.
	linked bool
}

// Len is the number of items.
func (p *Plan) Len() int { return len(p.items) }

// ID is the id of the i-th item.
func (p *Plan) ID(i int) string { return p.items[i].id }

// item is one request of a plan.
type item struct {
	id     string
	method string
	// url is the whole target where it is known before the run; where it holds
	// references, target makes it. refused tells why a known one is not fetched.
	url     string
	target  *expr.URL
	refused *Error

	header http.Header
	fields []field
	// body is what is sent; where it holds references, template makes it. text
	// says that a string is sent as its content, not as JSON.
	body     []byte
	template *expr.JSON
	text     bool
	// personal says that a header of the item's own may tell who asks.
	personal bool

	upstream *Upstream
	// elsewhere says that the target is another of the upstream's hosts than its base.
	elsewhere bool
	// lane is the host that is called, empty where a reference makes it.
	lane     string
	timeout  time.Duration
	required bool
	redirect redirectMode
	cache    cache.Mode
	// attempts is what the item asked for, 0 where it did not.
	attempts int

	// dependsOn and dependents are positions in the plan.
	dependsOn, dependents []int
	// read says that an expression of another item reads this one.
	read     bool
	forEach  *expr.Path
	paginate *pages
	selects  *expr.Query
}

// field is a header whose value holds references.
type field struct {
	name  string
	value *expr.Header
}

// pages is a Paginate with its expressions compiled.
type pages struct {
	link     bool
	next     *expr.Query
	param    string
	offset   bool
	items    *expr.Query
	total    *expr.Query
	maxPages int
}
