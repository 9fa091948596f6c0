package admin

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// Room is a room as administrators see it.
type Room struct {
	Address      string    `json:"address"`
	Name         string    `json:"name,omitempty"`
	Group        string    `json:"group,omitempty"`     // the alias it is made from
	Members      int       `json:"members"`             // with an affiliation
	Occupants    int       `json:"occupants"`           // in it now
	Ownerless    bool      `json:"ownerless,omitempty"` // nobody is left who could configure or destroy it
	LastActivity time.Time `json:"last_activity,omitzero"`
	Created      time.Time `json:"created"`
}

// RoomMember is somebody with an affiliation.
type RoomMember struct {
	Address     string `json:"address"`
	Affiliation string `json:"affiliation"`
	Nick        string `json:"nick,omitempty"`
	Managed     bool   `json:"managed,omitempty"` // by the alias
	Joined      bool   `json:"joined"`
}

// RoomDetail is all about a room.
type RoomDetail struct {
	Room
	Config    map[string]string `json:"config,omitempty"`
	People    []RoomMember      `json:"people"`
	Occupied  []Occupant        `json:"occupied,omitempty"`
	Alias     *Alias            `json:"alias,omitempty"`
	Effective *Resolution       `json:"effective,omitempty"` // what the alias' targets come to
}

// ListRooms asks for the rooms of a mail domain.
type ListRooms struct {
	Domain string `json:"domain,omitempty"`
	Page
}

// ListRooms lists the rooms that people made.
func (a *Admin) ListRooms(ctx context.Context, who Actor, r ListRooms) ([]Room, error) {
	return a.rooms(ctx, who, r, false)
}

// ListGroups lists the rooms that are made from aliases.
func (a *Admin) ListGroups(ctx context.Context, who Actor, r ListRooms) ([]Room, error) {
	return a.rooms(ctx, who, r, true)
}

func (a *Admin) rooms(ctx context.Context, who Actor, r ListRooms, groups bool) ([]Room, error) {
	domain, err := a.listed(who, r.Domain)
	if err != nil {
		return nil, err
	}
	host := ""
	if domain != "" {
		host = a.GroupsHost(domain)
	}
	rows, err := a.Store.Rooms().Rooms(ctx, host)
	if err != nil {
		return nil, stored(err, "list rooms", host)
	}
	rows = slices.DeleteFunc(rows, func(rec storage.Room) bool { return rec.Group.IsZero() == groups })
	rows = cut(r.Page, rows, func(rec storage.Room) (string, string) { return rec.JID.String(), rec.Config["roomname"] })
	list := []Room{}
	for _, rec := range rows {
		v, _, err := a.viewRoom(ctx, rec)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

func (a *Admin) viewRoom(ctx context.Context, rec storage.Room) (Room, []storage.Affiliation, error) {
	v := Room{Address: rec.JID.String(), Name: rec.Config["roomname"], Created: rec.Created, Occupants: len(a.occupants(rec.JID))}
	if !rec.Group.IsZero() {
		v.Group = rec.Group.String()
	}
	list, err := a.Store.Rooms().Affiliations(ctx, rec.JID)
	if err != nil {
		return v, nil, stored(err, "read room", v.Address)
	}
	v.Ownerless = rec.Group.IsZero() && !slices.ContainsFunc(list, func(m storage.Affiliation) bool { return m.Affiliation == "owner" })
	for _, m := range list {
		if m.Affiliation != "outcast" && m.JID.Local() != "" { // people: of a group the owner is the service
			v.Members++
		}
	}
	_, last, err := a.Store.Bounds(ctx, rec.JID)
	switch {
	case err == nil:
		v.LastActivity = last.Time()
	case !errors.Is(err, storage.ErrNotFound):
		return v, nil, stored(err, "read archive of room", v.Address)
	}
	return v, list, nil
}

// ShowRoom tells all about a room; the address is the room's.
func (a *Admin) ShowRoom(ctx context.Context, who Actor, r Identified) (RoomDetail, error) {
	rec, err := a.room(ctx, who, r.Address)
	if err != nil {
		return RoomDetail{}, err
	}
	return a.detail(ctx, rec)
}

func (a *Admin) detail(ctx context.Context, rec storage.Room) (RoomDetail, error) {
	v, list, err := a.viewRoom(ctx, rec)
	d := RoomDetail{Room: v, Config: visible(rec.Config), People: []RoomMember{}}
	if err != nil {
		return d, err
	}
	d.Occupied = a.occupants(rec.JID)
	for _, m := range list {
		if !rec.Group.IsZero() && m.JID == rec.JID.DomainJID() { // the service owns it, and is nobody
			continue
		}
		joined := slices.ContainsFunc(d.Occupied, func(o Occupant) bool { return o.Address == m.JID.String() })
		d.People = append(d.People, RoomMember{m.JID.String(), m.Affiliation, m.Nick, m.Managed, joined})
	}
	return d, nil
}

// visible is a room's configuration without what nobody may see: the password, and what the rooms keep for themselves.
func visible(config map[string]string) map[string]string {
	m := map[string]string{}
	for k, v := range config {
		if k != "roomsecret" && !strings.HasPrefix(k, "x-") {
			m[k] = v
		}
	}
	return m
}

// group finds an alias with a room by the address of either.
func (a *Admin) group(ctx context.Context, who Actor, address string) (storage.Alias, error) {
	if j, err := xmpp.ParseJID(address); err == nil {
		if rec, err := a.Store.Rooms().Room(ctx, j); err == nil && !rec.Group.IsZero() {
			address = rec.Group.String()
		}
	}
	al, err := a.alias(ctx, who, address, true)
	if err == nil && al.Room.IsZero() {
		if !al.GroupChat {
			return al, refuse(Conflict, "no-group-chat", "%s is an alias without group chat; switch it on to have a room", al.JID)
		}
		return al, refuse(Conflict, "room-not-yet", "the room of %s is not made yet; the running server makes it within seconds", al.JID)
	}
	return al, err
}

// ShowGroup tells all about the room of an alias; the address is the alias' or the room's.
func (a *Admin) ShowGroup(ctx context.Context, who Actor, r Identified) (RoomDetail, error) {
	al, err := a.group(ctx, who, r.Address)
	if err != nil {
		return RoomDetail{}, err
	}
	if !al.GroupChat {
		return RoomDetail{}, refuse(Conflict, "no-group-chat", "%s is an alias without group chat; switch it on to have a room", al.JID)
	}
	rec, err := a.Store.Rooms().Room(ctx, al.Room)
	if err != nil {
		return RoomDetail{}, stored(err, "read room", al.Room.String())
	}
	d, err := a.detail(ctx, rec)
	if err != nil {
		return d, err
	}
	view := viewAlias(&al)
	d.Alias = &view
	if a.Groups != nil {
		res, err := a.Groups.Resolve(ctx, al.JID)
		if err != nil {
			return d, stored(err, "resolve alias", al.JID.String())
		}
		d.Effective = &res
	}
	return d, nil
}

// DeletedFiles tells how many files of a group are gone.
type DeletedFiles struct {
	Address string `json:"address"` // of the room
	Files   int    `json:"files"`
}

// DeleteGroupFiles removes the files that were sent to a group: for everybody, at once and for good. Who has saved one keeps it. The
// address is the alias' or the room's; the group may be deleted or switched off already.
func (a *Admin) DeleteGroupFiles(ctx context.Context, who Actor, r Identified) (DeletedFiles, error) {
	al, err := a.group(ctx, who, r.Address)
	if err != nil {
		return DeletedFiles{}, err
	}
	if a.Rooms == nil {
		return DeletedFiles{}, refuse(Conflict, "files-not-running", "only a running server removes the files of %s; start it", al.JID)
	}
	out := DeletedFiles{Address: al.Room.String()}
	out.Files, err = a.Rooms.RemoveFiles(ctx, al.Room)
	if err == nil || out.Files > 0 { // those are gone, whatever became of the rest
		a.audit(ctx, who, "group.delete-files", al.JID, out, nil)
	}
	if err != nil {
		return out, stored(err, "remove files of group", al.JID.String())
	}
	return out, nil
}

// DeleteRoom asks to destroy a room that people made, with its history.
type DeleteRoom struct {
	Address string `json:"address"`
	Reason  string `json:"reason,omitempty"`
}

// DeleteRoom destroys a room.
func (a *Admin) DeleteRoom(ctx context.Context, who Actor, r DeleteRoom) (Identified, error) {
	rec, err := a.room(ctx, who, r.Address)
	if err != nil {
		return Identified{}, err
	}
	if !rec.Group.IsZero() {
		return Identified{}, refuse(Conflict, "room-is-group", "%s is the group of %s; delete the alias, or switch its group chat off", rec.JID, rec.Group)
	}
	if err := plainText("reason", r.Reason, 256); err != nil {
		return Identified{}, err
	}
	view, _, err := a.viewRoom(ctx, rec)
	if err != nil {
		return Identified{}, err
	}
	if a.Rooms != nil {
		err = a.Rooms.Destroy(ctx, rec.JID, r.Reason)
	} else {
		err = a.eraseRoom(ctx, rec.JID)
	}
	if err != nil {
		return Identified{}, stored(err, "delete room", rec.JID.String())
	}
	a.audit(ctx, who, "room.delete", rec.JID, view, nil)
	return Identified{rec.JID.String()}, nil
}

// eraseRoom removes a room with all that it has kept, while no server runs.
func (a *Admin) eraseRoom(ctx context.Context, room xmpp.JID) error {
	if err := a.Store.Rooms().DeleteRoom(ctx, room); err != nil {
		return err
	}
	docs, err := a.Store.ListDocs(ctx, room, storage.SpaceRoom)
	if err != nil {
		return err
	}
	for key := range docs {
		if err := a.Store.DeleteDoc(ctx, room, storage.SpaceRoom, key); err != nil {
			return err
		}
	}
	return a.Store.Erase(ctx, room)
}

// room reads a room that the actor may administer.
func (a *Admin) room(ctx context.Context, who Actor, address string) (storage.Room, error) {
	j, err := xmpp.ParseJID(address)
	if err != nil || j.Local() == "" || !j.IsBare() {
		return storage.Room{}, refuse(Invalid, "no-room", "%q is no address of a room; write it like name@%s", address, a.GroupsHost(a.example()))
	}
	for _, domain := range a.Hosts() {
		if a.GroupsHost(domain) != j.Domain() {
			continue
		}
		if err := a.domain(who, domain); err != nil {
			return storage.Room{}, err
		}
		rec, err := a.Store.Rooms().Room(ctx, j)
		return rec, stored(err, "read room", j.String())
	}
	return storage.Room{}, refuse(Invalid, "no-rooms-host", "%s is no host of rooms of this server", j.Domain())
}
