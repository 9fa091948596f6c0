package bookmarks

// Config are the options of bookmarks, [modules.bookmarks]. Each client reads all bookmarks when it starts, and in the forms of before as
// one list.
type Config struct {
	Bookmarks     int `toml:"bookmarks" min:"1" max:"10000" doc:"Most bookmarks of rooms that one account may have, and as many of web pages. Groups that an administrator decides about do not count."`
	BookmarkBytes int `toml:"bookmark_bytes" min:"512" max:"65536" doc:"The largest bookmark, in bytes of XML, with what clients add to it."`
}

// DefaultConfig returns what people get along with.
func DefaultConfig() Config { return Config{Bookmarks: 1000, BookmarkBytes: 8192} }
