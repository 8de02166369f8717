package demo

import (
	"fmt"
	"strconv"
	"strings"
)

// The records, in jsonplaceholder's field names, types and order.
type (
	post struct {
		UserID int    `json:"userId"`
		ID     int    `json:"id"`
		Title  string `json:"title"`
		Body   string `json:"body"`
	}
	comment struct {
		PostID int    `json:"postId"`
		ID     int    `json:"id"`
		Name   string `json:"name"`
		Email  string `json:"email"`
		Body   string `json:"body"`
	}
	album struct {
		UserID int    `json:"userId"`
		ID     int    `json:"id"`
		Title  string `json:"title"`
	}
	photo struct {
		AlbumID      int    `json:"albumId"`
		ID           int    `json:"id"`
		Title        string `json:"title"`
		URL          string `json:"url"`
		ThumbnailURL string `json:"thumbnailUrl"`
	}
	todo struct {
		UserID    int    `json:"userId"`
		ID        int    `json:"id"`
		Title     string `json:"title"`
		Completed bool   `json:"completed"`
	}
	user struct {
		ID       int     `json:"id"`
		Name     string  `json:"name"`
		Username string  `json:"username"`
		Email    string  `json:"email"`
		Address  address `json:"address"`
		Phone    string  `json:"phone"`
		Website  string  `json:"website"`
		Company  company `json:"company"`
	}
	address struct {
		Street  string `json:"street"`
		Suite   string `json:"suite"`
		City    string `json:"city"`
		Zipcode string `json:"zipcode"`
		Geo     geo    `json:"geo"`
	}
	geo struct {
		Lat string `json:"lat"`
		Lng string `json:"lng"`
	}
	company struct {
		Name        string `json:"name"`
		CatchPhrase string `json:"catchPhrase"`
		BS          string `json:"bs"`
	}
)

// How many records there are, and how many belong to one parent.
const (
	users           = 10
	postsPerUser    = 10
	commentsPerPost = 5
	albumsPerUser   = 10
	photosPerAlbum  = 50
	todosPerUser    = 20

	posts  = users * postsPerUser
	albums = users * albumsPerUser
)

// Seeds of the collections, so that a change to one leaves the others as they are.
const (
	seedUsers = iota + 1
	seedPosts
	seedComments
	seedAlbums
	seedPhotos
	seedTodos
)

// Sizes of what is made up: pixels, colours, lines.
const (
	thumbnailSize = 150
	photoSize     = 600
	colours       = 1 << 24
	linesInABody  = 3
)

// generate makes every collection.
func generate() []*collection {
	return []*collection{
		newCollection("users", "user", many(seedUsers, users, makeUser)),
		newCollection("posts", "post", many(seedPosts, posts, func(w *writer, id int) post {
			return post{UserID: parent(id, postsPerUser), ID: id, Title: w.title(), Body: w.sentences(linesInABody)}
		})),
		newCollection("comments", "comment", many(seedComments, posts*commentsPerPost, func(w *writer, id int) comment {
			first, last := w.pick(firstNames), w.pick(lastNames)
			return comment{PostID: parent(id, commentsPerPost), ID: id, Name: w.title(), Email: email(first, last), Body: w.sentences(linesInABody)}
		})),
		newCollection("albums", "album", many(seedAlbums, albums, func(w *writer, id int) album {
			return album{UserID: parent(id, albumsPerUser), ID: id, Title: w.title()}
		})),
		newCollection("photos", "photo", many(seedPhotos, albums*photosPerAlbum, func(w *writer, id int) photo {
			colour := fmt.Sprintf("%06x", w.n(colours))
			return photo{AlbumID: parent(id, photosPerAlbum), ID: id, Title: w.title(), URL: picture(photoSize, colour), ThumbnailURL: picture(thumbnailSize, colour)}
		})),
		newCollection("todos", "todo", many(seedTodos, users*todosPerUser, func(w *writer, id int) todo {
			return todo{UserID: parent(id, todosPerUser), ID: id, Title: w.task(), Completed: w.n(2) == 0}
		})),
	}
}

func many[T any](seed uint64, n int, record func(w *writer, id int) T) []T {
	w := &writer{state: seed}
	list := make([]T, n)
	for i := range list {
		list[i] = record(w, i+1)
	}
	return list
}

// parent is the id of the record that the id-th child belongs to.
func parent(id, perParent int) int { return (id-1)/perParent + 1 }

// makeUser takes the names in turn, so that no two of the users share one.
func makeUser(w *writer, id int) user {
	first, last := firstNames[(id-1)%len(firstNames)], lastNames[(id*7)%len(lastNames)]
	firm := w.pick(lastNames) + " " + w.pick(trades)
	return user{
		ID: id, Name: first + " " + last, Username: first + strconv.Itoa(id), Email: email(first, last),
		Address: address{
			Street: w.pick(adjectives) + " " + w.pick(streets), Suite: "Suite " + strconv.Itoa(100+w.n(900)), City: w.pick(cities),
			Zipcode: fmt.Sprintf("%05d", w.n(100_000)),
			Geo:     geo{Lat: w.degrees(90), Lng: w.degrees(180)},
		},
		// 555-0100 to 555-0199 are kept free for made-up people.
		Phone:   fmt.Sprintf("555-01%02d", w.n(100)),
		Website: strings.ToLower(last) + ".example",
		Company: company{Name: firm, CatchPhrase: w.pick(adjectives) + " " + w.pick(nouns) + " for every " + w.pick(nouns), BS: w.pick(verbs) + " " + w.pick(adjectives) + " " + w.pick(nouns)},
	}
}

// Only names under .example (RFC 2606) are made up: nothing here points at anybody's server.
func email(first, last string) string {
	return strings.ToLower(first + "." + last + "@" + last + ".example")
}

func picture(size int, colour string) string {
	return fmt.Sprintf("https://pictures.example/%d/%s", size, colour)
}
