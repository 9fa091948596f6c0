package upload

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"math"
	"net/url"
	"strconv"
	"time"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// ExportFiles writes the files of an account as elements: what they are called, their addresses, and with whole their bytes in
// base64. XEP-0227 has no place for files, so their namespace is one of ours; without a file nothing is written.
func (s *Service) ExportFiles(ctx context.Context, account xmpp.JID, w io.Writer, whole bool) error {
	list, err := s.Store.Uploads(ctx, account, math.MaxInt32)
	if err != nil {
		return err
	}
	now, begun := s.Now(), false
	for i := range list {
		u := &list[i]
		if !u.Stored || !u.Expires.IsZero() && now.After(u.Expires) {
			continue
		}
		if !begun {
			begun = true
			if _, err := io.WriteString(w, `<uploads xmlns="`+ns.MynaUploads+`">`); err != nil {
				return err
			}
		}
		if err := s.exportFile(u, w, whole); err != nil {
			return err
		}
	}
	if begun {
		_, err = io.WriteString(w, "\n</uploads>\n")
	}
	return err
}

func (s *Service) exportFile(u *storage.Upload, w io.Writer, whole bool) error {
	e := xmpp.El(ns.MynaUploads, "file").Set("name", u.Name).Set("type", u.Type).Set("size", strconv.FormatInt(u.Size, 10)).
		Set("created", u.Created.UTC().Format(time.RFC3339)).Set("url", s.Base(u.Owner.Domain())+"/upload/"+u.ID+"/"+url.PathEscape(u.Name))
	if !u.Expires.IsZero() {
		e.Set("expires", u.Expires.UTC().Format(time.RFC3339))
	}
	b := e.Append([]byte("\n"), ns.MynaUploads)
	if !whole {
		_, err := w.Write(b)
		return err
	}
	f, err := s.Files.Open(u.ID)
	if errors.Is(err, fs.ErrNotExist) { // removed meanwhile
		_, err := w.Write(b)
		return err
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := w.Write(append(b[:len(b)-len("/>")], '>')); err != nil {
		return err
	}
	bytes := base64.NewEncoder(base64.StdEncoding, w)
	if _, err := io.Copy(bytes, f); err != nil {
		return err
	}
	if err := bytes.Close(); err != nil {
		return err
	}
	_, err = io.WriteString(w, "</file>")
	return err
}
