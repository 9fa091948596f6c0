// Package picture tells what kind of image some bytes are: the pictures of people (XEP-0084, XEP-0153), rooms (XEP-0486) and
// aliases.
package picture

import "strings"

// MaxBytes is the most that options may allow a picture of a room or an alias: it goes through requests of the HTTP API.
const MaxBytes = 512 << 10

// Type is the media type of an image of points by how it begins, be what it may that somebody says of it; "" for what is none that
// clients show: PNG, JPEG, GIF and WebP. What is drawn, IsSVG knows.
func Type(data []byte) string {
	s := string(data[:min(len(data), 16)])
	switch {
	case strings.HasPrefix(s, "\x89PNG\r\n\x1a\n"):
		return "image/png"
	case strings.HasPrefix(s, "\xff\xd8\xff"):
		return "image/jpeg"
	case strings.HasPrefix(s, "GIF87a"), strings.HasPrefix(s, "GIF89a"):
		return "image/gif"
	case strings.HasPrefix(s, "RIFF") && len(s) >= 12 && s[8:12] == "WEBP":
		return "image/webp"
	}
	return ""
}
