package pie

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"

	"myna/xmpp/ns"
)

// sourceMark is the name of the processing instruction by which Flatten says from which file what follows is: a line, a space and
// the name of the file.
const sourceMark = "myna-source"

// Bounds of files that include others.
const (
	maxFiles    = 500_000
	maxIncludes = 8         // of files within each other
	maxToken    = 256 << 20 // the bytes of an uploaded file, which are passed over
)

// The deepest place of an include is among the children of a user: what is below is a user's own (§ 5, § 6).
const (
	atRoot = iota
	atHosts
	atUsers
	atContent
	below
)

// Flatten writes a file with all that it includes as one (§ 5). open opens a file by its name relative to the directory of the
// first one, which nothing leads out of; the name has slashes.
func Flatten(open func(name string) (io.ReadCloser, error), name string, w io.Writer) error {
	f := flattener{open: open, w: bufio.NewWriter(w)}
	if err := f.file(path.Clean(name), atRoot, 0); err != nil {
		return err
	}
	return f.w.Flush()
}

type flattener struct {
	open  func(name string) (io.ReadCloser, error)
	w     *bufio.Writer
	files int
}

// file writes the root element of a file, which stands at a level of the whole.
func (f *flattener) file(name string, level, nested int) (err error) {
	if f.files++; f.files > maxFiles {
		return fmt.Errorf("more than %d files are included", maxFiles)
	}
	in, err := f.open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	d := &document{flattener: f, name: name, base: level, nested: nested, in: recorder{r: bufio.NewReader(in)}}
	d.d = xml.NewDecoder(&d.in)
	f.mark(name, 1)
	err = d.copy()
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return d.wrong("%s", syntax.Msg)
	}
	return err
}

// mark says where what follows is from. Names have no line ends: those are not opened.
func (f *flattener) mark(name string, line int) {
	fmt.Fprintf(f.w, "<?%s %d %s?>", sourceMark, line, name) // an error stays, and is that of Flush
}

// document is a file on its way into the whole.
type document struct {
	*flattener
	name   string
	base   int // the level of its root
	nested int
	in     recorder
	d      *xml.Decoder
	depth  int // of the element that has begun; 1 is the root
}

func (d *document) wrong(text string, args ...any) error {
	line, _ := d.d.InputPos()
	return &Error{Place{d.name, line}, fmt.Sprintf(text, args...)}
}

// copy copies tokens as they are written, and puts files in the place of includes. Declarations and instructions are left out.
func (d *document) copy() error {
	for {
		t, err := d.d.Token()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		raw := d.in.take(d.d.InputOffset())
		switch t := t.(type) {
		case xml.ProcInst, xml.Comment:
			raw = lines(raw)
		case xml.Directive:
			return d.wrong("the file has a document type; entities are not read")
		case xml.CharData:
			if d.depth == 0 {
				raw = lines(raw)
			}
		case xml.EndElement:
			d.depth--
		case xml.StartElement:
			if d.depth++; t.Name.Space == ns.XInclude && t.Name.Local == "include" && d.level() > atRoot && d.level() < below {
				if err := d.include(t); err != nil {
					return err
				}
				continue
			}
		}
		if _, err := d.w.Write(raw); err != nil {
			return err
		}
	}
}

// level is that of the element that has begun.
func (d *document) level() int { return d.base + d.depth - 1 }

// include writes what an include stands for.
func (d *document) include(e xml.StartElement) error {
	level := d.level()
	for depth := 1; depth > 0; { // with its fallback, which is for files that are not there: here that is an error
		t, err := d.d.Token()
		if err != nil {
			return err
		}
		switch t.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
	}
	d.in.take(d.d.InputOffset())
	d.depth--
	name, err := d.target(e)
	if err != nil {
		return err
	}
	if d.nested == maxIncludes {
		return d.wrong("files include each other more than %d times", maxIncludes)
	}
	if err := d.file(name, level, d.nested+1); err != nil {
		var in *Error
		if errors.As(err, &in) {
			return err
		}
		return d.wrong("include %s: %v", name, err)
	}
	line, _ := d.d.InputPos()
	d.mark(d.name, line)
	return nil
}

// target is the file that an include names (§ 5): by a relative address, as XML and whole.
func (d *document) target(e xml.StartElement) (string, error) {
	if parse, ok := attr(e, "parse"); ok && parse != "xml" {
		return "", d.wrong("an include with parse=%q is not read", parse)
	}
	if _, ok := attr(e, "xpointer"); ok {
		return "", d.wrong("an include with xpointer is not read")
	}
	href, _ := attr(e, "href")
	u, err := url.Parse(href)
	if err != nil || u.IsAbs() || u.Host != "" || u.RawQuery != "" || u.Fragment != "" || u.Path == "" || strings.HasPrefix(u.Path, "/") ||
		strings.ContainsAny(u.Path, "\x00\r\n?>\\") {
		return "", d.wrong("an include of %q is not read: it is to name a file beside this one", href)
	}
	return path.Join(path.Dir(d.name), u.Path), nil
}

// recorder remembers what the decoder has read. It is an io.ByteReader, so that the decoder reads nothing ahead.
type recorder struct {
	r          *bufio.Reader
	buf, taken []byte
	begin      int64 // the offset of buf
}

var errLongToken = fmt.Errorf("a tag or text has more than %d MiB", maxToken>>20)

// ReadByte reads a byte.
func (r *recorder) ReadByte() (byte, error) {
	b, err := r.r.ReadByte()
	if err == nil {
		r.buf = append(r.buf, b)
	}
	if len(r.buf) > maxToken {
		return 0, errLongToken
	}
	return b, err
}

// Read is not called: there is ReadByte.
func (r *recorder) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := r.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	return 1, nil
}

// take returns what was read since the last time, up to an offset; it is valid until the next time. The decoder has read one byte
// more where only that shows the end of something.
func (r *recorder) take(upTo int64) []byte {
	n := int(upTo - r.begin)
	r.taken = append(r.taken[:0], r.buf[:n]...)
	r.buf, r.begin = append(r.buf[:0], r.buf[n:]...), upTo
	return r.taken
}

// lines are the line ends of what is left out, so that what follows stands in its line.
func lines(raw []byte) []byte { return bytes.Repeat([]byte{'\n'}, bytes.Count(raw, []byte{'\n'})) }
