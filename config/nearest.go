package config

import "strings"

// Nearest is the known word that a misspelt one was meant to be: the closest one, where it differs in few letters only,
// else the only one that begins with it; "" where there is none. A wrong guess is worse than none.
func Nearest(word string, known []string) string {
	best, least := "", slips(len(word))+1
	for _, k := range known {
		if d := distance(word, k); d < least && d < len(k) {
			best, least = k, d
		}
	}
	if best != "" || len(word) < 3 {
		return best
	}
	for _, k := range known {
		switch {
		case !strings.HasPrefix(k, word):
		case best != "":
			return ""
		default:
			best = k
		}
	}
	return best
}

// slips is how many letters of a word of this length may be wrong.
func slips(length int) int {
	switch {
	case length < 3:
		return 0
	case length < 6:
		return 1
	case length < 10:
		return 2
	}
	return 3
}

// distance is how many letters have to be added, removed, replaced or swapped with their neighbour (optimal string
// alignment).
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return len(a) + len(b)
	}
	var before, last []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
