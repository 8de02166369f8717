package demo

import (
	"fmt"
	"strings"
)

// The words all records are made of. None needs escaping in JSON or in a URL.
var (
	firstNames = []string{"Ada", "Bruno", "Clara", "Dmitri", "Elif", "Femi", "Greta", "Hiro", "Ines", "Jonas", "Kaya", "Luca", "Mina", "Nils", "Olga", "Pavel"}
	lastNames  = []string{"Almeida", "Brandt", "Castellan", "Dorn", "Eriksen", "Fontaine", "Gallagher", "Holm", "Ivanova", "Jansen", "Kowal", "Lindqvist", "Moreau", "Novak", "Okafor", "Petrov", "Quist"}
	cities     = []string{"Alderport", "Birchwater", "Cranfield", "Dunmouth", "Eastmere", "Fernhollow", "Glasswick", "Harrowgate", "Ivybridge", "Juniper Bay"}
	streets    = []string{"Ferry Lane", "Mill Road", "Orchard Row", "Quarry Street", "Station Walk", "Weir Passage"}
	trades     = []string{"Bakers", "Boatyard", "Bindery", "Foundry", "Gardens", "Instruments", "Press", "Weavers"}
	adjectives = []string{"amber", "brisk", "calm", "dusty", "early", "faint", "gentle", "hollow", "idle", "keen", "late", "mild", "narrow", "open", "patient", "quiet", "rough", "silver", "tidy", "warm"}
	nouns      = []string{"anchor", "basket", "bridge", "candle", "compass", "door", "engine", "field", "garden", "harbour", "island", "kettle", "ladder", "lantern", "market", "needle", "orchard", "parcel", "river", "signal", "timber", "valley", "window", "workshop"}
	verbs      = []string{"carries", "counts", "crosses", "finds", "follows", "gathers", "keeps", "lifts", "mends", "moves", "opens", "paints", "sorts", "turns", "watches"}
	tasks      = []string{"carry", "clean", "count", "fetch", "label", "mend", "move", "oil", "paint", "pack", "sort", "water"}
	joins      = []string{"before", "beside", "beyond", "near", "under", "without"}
)

// writer makes up text. It is splitmix64 (Steele, Lea, Flood 2014): six lines that give the same records under every
// release of Go, which math/rand/v2 does not promise for its derived numbers.
type writer struct{ state uint64 }

func (w *writer) next() uint64 {
	w.state += 0x9e3779b97f4a7c15
	z := w.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// n returns a number from 0 to below limit.
func (w *writer) n(limit int) int { return int(w.next() % uint64(limit)) }

func (w *writer) pick(words []string) string { return words[w.n(len(words))] }

func (w *writer) title() string {
	t := w.pick(adjectives) + " " + w.pick(nouns)
	if w.n(3) > 0 {
		t += " " + w.pick(joins) + " the " + w.pick(nouns)
	}
	return t
}

func (w *writer) task() string {
	return w.pick(tasks) + " the " + w.pick(adjectives) + " " + w.pick(nouns)
}

func (w *writer) sentence() string {
	return fmt.Sprintf("the %s %s %s a %s %s %s the %s", w.pick(adjectives), w.pick(nouns), w.pick(verbs), w.pick(adjectives), w.pick(nouns), w.pick(joins), w.pick(nouns))
}

// sentences are lines, as jsonplaceholder's bodies are.
func (w *writer) sentences(n int) string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = w.sentence()
	}
	return strings.Join(lines, "\n")
}

// degrees returns an angle from -limit to limit with four decimals, as text: so jsonplaceholder has it.
func (w *writer) degrees(limit int) string {
	n := w.n(2*limit*10_000+1) - limit*10_000
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%04d", sign, n/10_000, n%10_000)
}
