package sqlite

import (
	"strings"

	"myna/storage/sqldb"
)

// texts is the full text index of SQLite, FTS5. Its tokenizer only cuts at spaces: the words are folded before. The table keeps
// no text, and ids can be taken out of it.
func texts() sqldb.Texts {
	return sqldb.Texts{
		Insert: `INSERT INTO archive_text (rowid, words) VALUES ($1, $2)`,
		Delete: `DELETE FROM archive_text WHERE rowid = $1`,
		Match: func(expression, after string) string {
			return `SELECT rowid FROM archive_text WHERE archive_text MATCH ` + expression + ` AND rowid > ` + after
		},
		Expression: expression,
	}
}

// expression finds all phrases; the last word of each may be the beginning of a longer one.
func expression(phrases [][]string) string {
	var b strings.Builder
	for i, words := range phrases {
		if i > 0 {
			b.WriteString(" AND ")
		}
		b.WriteByte('"')
		b.WriteString(strings.Join(words, " "))
		b.WriteString(`" *`)
	}
	return b.String()
}
