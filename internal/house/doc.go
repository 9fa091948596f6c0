// Package house holds the rules of this source tree that a machine can check, and proves them within go test: which
// package may import which (floors), which libraries stay where (walls), how long files and functions get, comments of
// packages, transcripts of modules, and that no text names a path or a registry of the machine it was written on.
// It reads the sources with go/parser, so it needs nothing installed and sees files of every build tag. The rules are
// explained in CONTRIBUTING.md; to change one, change it here and say why in docs/decisions.
package house
