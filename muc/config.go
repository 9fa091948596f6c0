package muc

// Who may make rooms by entering them.
const (
	CreateNobody    = "nobody"
	CreateAdmins    = "admins"
	CreateEverybody = "everybody"
)

// Config are the options of rooms, [modules.muc].
type Config struct {
	RoomCreation    string `toml:"room_creation" policy:"domain" oneof:"nobody|admins|everybody" doc:"Who may make a room by entering it: \"everybody\" is everybody with an account on this server. With \"nobody\" the administrator makes groups, by giving an alias a group chat."`
	MaxUsers        int    `toml:"max_users" min:"0" max:"1000000" doc:"Most people in one room, where its owner has set no lower limit. 0 is no limit."`
	MaxRooms        int    `toml:"max_rooms" min:"1" max:"100000" doc:"Most rooms that one client may be in at the same time."`
	MaxRoomsPerUser int    `toml:"max_rooms_per_user" min:"0" max:"100000" doc:"How many rooms there may be that one account has made by entering them. Administrators may make more. 0 is no limit."`
	MaxHistory      int    `toml:"max_history" min:"0" max:"1000" doc:"Most messages of the past that a room sends to somebody who enters. Clients get older ones from the archive."`

	Affiliations int `toml:"affiliations" min:"1" max:"1000000" doc:"How many addresses the lists of a room that people made may have together: owners, admins, members. As many more may be banned. People who make themselves members, or are invited, get four fifths of the places."`
	Applications int `toml:"applications" min:"1" max:"10000" doc:"How many requests to become a member may wait for the admins of a room."`
	Invitations  int `toml:"invitations" min:"1" max:"100" doc:"How many people one message to a room may invite."`
	Tokens       int `toml:"tokens" min:"1" max:"10000" doc:"How many invitations by tokens (XEP-0488) that are still good a room may have."`
	Hats         int `toml:"hats" min:"1" max:"1000" doc:"How many hats (XEP-0317) the admins of a room may make."`
	HatsEach     int `toml:"hats_each" min:"1" max:"100" doc:"How many of them one person may wear."`
	HatWearers   int `toml:"hat_wearers" min:"1" max:"10000" doc:"How many people of a room may wear hats."`
	HatBytes     int `toml:"hat_bytes" min:"1024" max:"262144" doc:"How many bytes the hats of a room may have, with who wears them: they are stored with every change of the room."`
	SubjectBytes int `toml:"subject_bytes" min:"512" max:"65536" doc:"The largest message that changes the subject of a room, in bytes, as everybody gets it who enters."`
	PictureBytes int `toml:"picture_bytes" min:"1024" max:"524288" doc:"The largest picture of a room or of an alias, in bytes of the image."`
}

// config are the options of the room's host.
func (r *room) config() *Config { return r.s.Config.Of(r.jid.Domain()) }

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{RoomCreation: CreateNobody, MaxUsers: 5000, MaxRooms: 1000, MaxRoomsPerUser: 20, MaxHistory: 50,
		Affiliations: 10_000, Applications: 100, Invitations: 20, Tokens: 200, Hats: 100, HatsEach: 20, HatWearers: 1000, HatBytes: 64 << 10, SubjectBytes: 16 << 10, PictureBytes: 128 << 10}
}
