package admin

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxRows bounds an import.
const maxRows = 200_000

// row is a line of an import.
type row struct {
	line                                int
	address, name, department, password string
}

// columns are those of a file without a heading, in this order.
var columns = [...]string{"address", "name", "department", "password"}

// parseCSV reads accounts: RFC 4180 with commas or, as some spreadsheets write it, semicolons or tabs; with or without a
// byte order mark; with or without a heading. A heading names the columns in any order; only address is needed.
// Lines that cannot be read are refused one by one. The error is about the file as a whole.
func parseCSV(data string) ([]row, []Refused, error) {
	data = strings.TrimPrefix(data, "\ufeff")
	if !utf8.ValidString(data) {
		return nil, nil, refuse(Invalid, "csv-not-utf8", "the file is not UTF-8; save it as CSV UTF-8")
	}
	r := csv.NewReader(strings.NewReader(data))
	r.FieldsPerRecord = -1
	r.Comma = separator(data)
	order := columns[:]
	var rows []row
	var refused []Refused
	for first := true; ; first = false {
		record, err := r.Read()
		var bad *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			if len(rows)+len(refused) == 0 {
				return nil, nil, refuse(Invalid, "csv-empty", "the file has no accounts; each line is address,name,department,password")
			}
			return rows, refused, nil
		case errors.As(err, &bad):
			refused = append(refused, refusedLine(bad.StartLine, "", refuse(Invalid, "csv-line", "the line cannot be read: %v", bad.Err)))
			continue
		case err != nil:
			return nil, nil, fmt.Errorf("read import: %w", err)
		}
		if first && isHeading(record) {
			if order, err = heading(record); err != nil {
				return nil, nil, err
			}
			continue
		}
		if len(rows)+len(refused) >= maxRows {
			return nil, nil, refuse(Invalid, "csv-too-many", "the file has more than %d accounts; split it", maxRows)
		}
		line, _ := r.FieldPos(0)
		if len(record) > len(order) {
			refused = append(refused, refusedLine(line, record[0],
				refuse(Invalid, "csv-fields", "%d fields where at most %d are possible; put a field with a comma in quotes", len(record), len(order))))
			continue
		}
		rows = append(rows, toRow(line, order, record))
	}
}

// separator is the sign that separates the fields: the first of the three outside quotes. No address has one.
func separator(data string) rune {
	quoted := false
	for _, c := range data {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ',' || c == ';' || c == '\t':
			return c
		case c == '\n':
			return ','
		}
	}
	return ','
}

func isHeading(record []string) bool {
	return slices.ContainsFunc(record, func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), "address") })
}

func heading(record []string) ([]string, error) {
	order := make([]string, len(record))
	for i, s := range record {
		name := strings.ToLower(strings.TrimSpace(s))
		if !slices.Contains(columns[:], name) {
			return nil, refuse(Invalid, "csv-column", "the heading has a column %q; known are %s", s, strings.Join(columns[:], ", "))
		}
		if slices.Contains(order, name) {
			return nil, refuse(Invalid, "csv-column-twice", "the heading has the column %q twice", name)
		}
		order[i] = name
	}
	return order, nil
}

func toRow(line int, order, record []string) row {
	r := row{line: line}
	for i, value := range record {
		switch order[i] {
		case "address":
			r.address = strings.TrimSpace(value)
		case "name":
			r.name = strings.TrimSpace(value)
		case "department":
			r.department = strings.TrimSpace(value)
		case "password":
			r.password = value
		}
	}
	return r
}

// PasswordsCSV writes generated passwords as lines of address,password.
func PasswordsCSV(list []Generated) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	err := w.Write([]string{"address", "password"})
	for _, g := range list {
		if err == nil {
			err = w.Write([]string{g.Address, g.Password})
		}
	}
	w.Flush()
	return b.Bytes(), errors.Join(err, w.Error())
}
