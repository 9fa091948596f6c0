package muc

// Who may make rooms by entering them.
const (
	CreateNobody    = "nobody"
	CreateAdmins    = "admins"
	CreateEverybody = "everybody"
)

// Config are the options of rooms, [modules.muc].
type Config struct {
	RoomCreation    string `toml:"room_creation" policy:"domain" oneof:"nobody|admins|everybody" doc:"Who may make a room by entering it. With \"nobody\" the administrator makes groups, by giving an alias a group chat."`
	MaxUsers        int    `toml:"max_users" min:"0" max:"1000000" doc:"Most people in one room, where its owner has set no lower limit. 0 is no limit."`
	MaxRooms        int    `toml:"max_rooms" min:"1" max:"100000" doc:"Most rooms that one client may be in at the same time."`
	MaxRoomsPerUser int    `toml:"max_rooms_per_user" min:"0" max:"100000" doc:"How many rooms there may be that one account has made by entering them. Administrators may make more. 0 is no limit."`
	MaxHistory      int    `toml:"max_history" min:"0" max:"1000" doc:"Most messages of the past that a room sends to somebody who enters. Clients get older ones from the archive."`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{RoomCreation: CreateNobody, MaxUsers: 5000, MaxRooms: 1000, MaxRoomsPerUser: 20, MaxHistory: 50}
}
