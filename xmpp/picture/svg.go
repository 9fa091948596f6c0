package picture

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// SVG is the media type of drawings (XEP-0486 § 4), and nsSVG the namespace of their elements.
const (
	SVG   = "image/svg+xml"
	nsSVG = "http://www.w3.org/2000/svg"
)

// Bounds of a drawing.
const (
	maxNodes = 20_000
	maxDepth = 200
)

// IsSVG tells whether some bytes are a drawing that is nothing but a picture, wherever it is shown: one that runs nothing, fetches
// nothing and holds no other kind of document.
func IsSVG(data []byte) bool {
	d := xml.NewDecoder(bytes.NewReader(data))
	depth, style, rooted := 0, false, false
	for range maxNodes {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return rooted && depth == 0
		}
		if err != nil {
			return false
		}
		switch v := token.(type) {
		case xml.StartElement:
			if depth == 0 && (rooted || v.Name != xml.Name{Space: nsSVG, Local: "svg"}) || style || depth >= maxDepth || !harmless(&v) {
				return false
			}
			depth, rooted, style = depth+1, true, v.Name.Local == "style"
		case xml.EndElement:
			depth, style = depth-1, false
		case xml.CharData:
			if style && !harmlessStyle(string(v)) {
				return false
			}
		case xml.ProcInst:
			if v.Target != "xml" { // a style sheet
				return false
			}
		case xml.Directive: // a document type, with entities
			return false
		}
	}
	return false
}

// harmless tells whether an element is part of a picture and nothing else.
func harmless(e *xml.StartElement) bool {
	switch e.Name.Local {
	case "script", "foreignObject", "iframe", "embed", "object", "audio", "video", "handler", "listener":
		return false
	}
	drawing := e.Name.Space == nsSVG
	for _, a := range e.Attr {
		name, value := strings.ToLower(a.Name.Local), strings.TrimSpace(a.Value)
		switch {
		case strings.HasPrefix(name, "on"), name == "base", !harmlessStyle(value):
			return false
		case (name == "href" || name == "src") && !strings.HasPrefix(value, "#") && !isImage(value):
			return false
		case name == "attributename" && (strings.HasSuffix(strings.ToLower(value), "href") || strings.HasPrefix(strings.ToLower(value), "on")):
			return false // an animation that sets what may not be there
		}
	}
	return drawing || !isMarkup(e.Name.Space)
}

// isMarkup tells whether elements of a namespace do something in a browser; those of drawing programs do not.
func isMarkup(space string) bool {
	return space == "" || strings.HasPrefix(space, "http://www.w3.org/") && !strings.HasPrefix(space, "http://www.w3.org/1999/02/22-rdf-syntax-ns")
}

// isImage tells whether an address holds a picture of points itself.
func isImage(uri string) bool {
	for _, typ := range [...]string{"png", "jpeg", "gif", "webp"} {
		if rest, ok := strings.CutPrefix(strings.ToLower(uri), "data:image/"+typ); ok && (rest[:min(len(rest), 1)] == ";" || rest[:min(len(rest), 1)] == ",") {
			return true
		}
	}
	return false
}

// harmlessStyle tells whether a style names nothing outside the drawing. An escaped letter may be part of such a name.
func harmlessStyle(text string) bool {
	text = strings.ToLower(text)
	if strings.Contains(text, "@import") || strings.Contains(text, "javascript:") || strings.Contains(text, "\\") {
		return false
	}
	for {
		_, rest, found := strings.Cut(text, "url(")
		if !found {
			return true
		}
		if rest = strings.TrimLeft(rest, " \t\r\n\"'"); !strings.HasPrefix(rest, "#") && !isImage(rest) {
			return false
		}
		text = rest
	}
}
