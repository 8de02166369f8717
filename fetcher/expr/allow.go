package expr

// rule says how a function is used within limits: which metering function its input, the results of its arguments and
// its own results pass through. The zero rule is for what allocates nothing, or little, whatever its input.
type rule struct {
	before string   // for the input
	times  int      // argument of before, where it takes a number
	args   []string // for the results of each argument
	after  string   // for the results
	bound  bool     // before takes the only argument's value
	regexp bool     // the first argument is a regular expression
	as     string   // the function of ours that is called instead
}

// allowed is everything an expression may call, by name and number of arguments.
var allowed = map[string]rule{
	// Control and types.
	"empty/0": {}, "error/0": {}, "error/1": {}, "not/0": {}, "select/1": {}, "type/0": {},
	"arrays/0": {}, "objects/0": {}, "iterables/0": {}, "booleans/0": {}, "numbers/0": {}, "strings/0": {}, "nulls/0": {}, "values/0": {}, "scalars/0": {},
	"first/1": {}, "last/1": {}, "limit/2": {}, "skip/2": {}, "nth/2": {}, "isempty/1": {},
	"range/1": {}, "range/2": {}, "range/3": {},
	"all/0": {before: fnIter}, "all/1": {before: fnIter}, "all/2": {}, "any/0": {before: fnIter}, "any/1": {before: fnIter}, "any/2": {},
	"IN/1": {before: fnDeep, args: []string{fnDeep}}, "IN/2": {args: []string{fnDeep, fnDeep}},

	// Arrays and objects.
	"length/0": {}, "has/1": {}, "in/1": {}, "first/0": {}, "last/0": {}, "nth/1": {args: []string{fnIndex}},
	"map/1": {before: fnIter, args: []string{fnElement}}, "map_values/1": {before: fnEntries, after: fnNew},
	"keys/0": {before: fnIter}, "reverse/0": {before: fnIter},
	"to_entries/0": {before: fnEntries}, "from_entries/0": {before: fnEntries}, "with_entries/1": {before: fnEntries, args: []string{fnElement}},
	"add/0": {before: fnSum}, "flatten/0": {before: fnCopy}, "flatten/1": {before: fnCopy},
	"contains/1": {before: fnProduct, bound: true}, "inside/1": {before: fnProduct, bound: true},
	"sort/0": {before: fnSort}, "unique/0": {before: fnSort}, "min/0": {before: fnSort}, "max/0": {before: fnSort},
	"sort_by/1": {before: fnOrder, args: []string{fnKey}}, "group_by/1": {before: fnOrder, args: []string{fnKey}}, "unique_by/1": {before: fnOrder, args: []string{fnKey}},
	"min_by/1": {before: fnOrder, args: []string{fnKey}}, "max_by/1": {before: fnOrder, args: []string{fnKey}},
	"recurse/0": {before: fnDeep}, "walk/1": {before: fnCopy, args: []string{fnElement}},

	// Paths.
	"path/1": {after: fnNew}, "paths/0": {before: fnDeep, after: fnNew}, "paths/1": {before: fnDeep, after: fnNew},
	"getpath/1": {args: []string{fnIndexes}}, "setpath/2": {args: []string{fnIndexes, ""}, after: fnNew},
	"delpaths/1": {before: fnDeep, args: []string{fnKey}, after: fnNew}, "pick/1": {args: []string{fnPath}, after: fnNew},

	// Text.
	"utf8bytelength/0": {}, "startswith/1": {}, "endswith/1": {}, "ltrimstr/1": {}, "rtrimstr/1": {}, "trimstr/1": {},
	"trim/0": {}, "ltrim/0": {}, "rtrim/0": {}, "ascii_downcase/0": {before: fnNew}, "ascii_upcase/0": {before: fnNew},
	"tostring/0": {before: fnText, times: 1}, "tojson/0": {before: fnText, times: 6}, "fromjson/0": {as: fnFromJSON},
	"join/1": {before: fnJoin, bound: true, after: fnNew}, "split/1": {before: fnSplit, bound: true},
	"test/1": {regexp: true}, "test/2": {regexp: true}, "match/1": {regexp: true}, "match/2": {regexp: true},
	"capture/1": {regexp: true}, "capture/2": {regexp: true}, "scan/1": {regexp: true}, "scan/2": {regexp: true},
	"splits/1": {regexp: true}, "splits/2": {regexp: true}, "split/2": {regexp: true},
	"sub/2": {regexp: true, args: []string{"", fnNew}}, "sub/3": {regexp: true, args: []string{"", fnNew, ""}},
	"gsub/2": {regexp: true, args: []string{"", fnNew}}, "gsub/3": {regexp: true, args: []string{"", fnNew, ""}},

	// Numbers and dates.
	"tonumber/0": {before: fnNumber}, "toboolean/0": {}, "abs/0": {}, "fabs/0": {}, "floor/0": {}, "ceil/0": {}, "round/0": {}, "trunc/0": {},
	"sqrt/0": {}, "pow/2": {}, "exp/0": {}, "exp2/0": {}, "exp10/0": {}, "log/0": {}, "log2/0": {}, "log10/0": {},
	"infinite/0": {}, "nan/0": {}, "isinfinite/0": {}, "isfinite/0": {}, "isnan/0": {}, "isnormal/0": {}, "finites/0": {}, "normals/0": {},
	"todate/0": {}, "fromdate/0": {}, "todateiso8601/0": {}, "fromdateiso8601/0": {}, "gmtime/0": {}, "mktime/0": {},
}

// refused says why a function of jq is missing, where more can be said than that it is.
var refused = map[string]string{
	"input": outside, "inputs": outside, "input_filename": outside, "input_line_number": outside, "debug": outside, "stderr": outside,
	"env": outside, "halt": outside, "halt_error": outside, "builtins": outside, "modulemeta": outside, "get_search_list": outside,
	"now": changing, "localtime": changing, "strflocaltime": changing,
	"while": unbounded, "until": unbounded, "repeat": unbounded, "recurse": unbounded, "combinations": unbounded, "transpose": unbounded,
	"explode": "makes a value of every character; use split", "implode": "makes a character of every value; use join",
	"indices": searching, "index": searching, "rindex": searching, "bsearch": searching,
	"INDEX":    "copies the object for every element; use map({(.id|tostring): .}) | add",
	"strftime": "takes a format of any width; use todate", "strptime": "takes a format of any width; use fromdate",
	"format": "takes a name that is not known before the run; use @json and its kin",
}

const (
	outside   = "reaches outside of the value"
	changing  = "gives another result on another machine or at another time"
	unbounded = "has no bound of its own"
	searching = "compares everything with everything; use split, test or contains"
)

// formats are the @names an expression may use, with the most bytes they make of one.
var formats = map[string]int{
	"@text": 1, "@json": 6, "@html": 6, "@uri": 3, "@urid": 1, "@csv": 2, "@tsv": 2, "@sh": 4, "@base64": 2, "@base64d": 1,
}
