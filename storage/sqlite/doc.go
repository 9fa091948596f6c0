// Package sqlite opens Myna's embedded database: SQLite as modernc.org/sqlite compiles it to Go, with no C. It brings
// the schema up to date, sets what makes commits durable and cheap, and hands the rest to package sqldb.
package sqlite
