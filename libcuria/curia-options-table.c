#include "curia-options.h"

#define STRING CURIA_OPTION_STRING
#define INT CURIA_OPTION_INT
#define BOOL CURIA_OPTION_BOOL
#define LIST CURIA_OPTION_LIST

#define PATH_MAX_LENGTH 4096

/* In the order in which the sample file and the documentation show them. */
const CuriaOption curia_option_table[] = {
	{ "general", "log_level", STRING, "info", .allowed = "error|warning|info|debug",
	  .doc = "How much is logged. Janus' own log level applies as well." },
	{ "general", "node_name", STRING, "", .max = 64,
	  .doc = "What this server is called in logs. Empty: the host's name." },

	{ "store", "url", STRING, "sqlite:curia.db", .min = 1, .max = PATH_MAX_LENGTH,
	  .doc = "Where meetings are kept: sqlite:<path>." },

	{ "token", "keys", LIST, "", .max = 64, .secret = TRUE,
	  .doc = "API keys as \"keyid:secret\", secrets of 32 bytes or more. The first signs this server's own"
	         " tokens; tokens of all of them are accepted. At least one is needed." },
	{ "token", "join_ttl_s", INT, "21600", .min = 60, .max = 604800, .unit = "s",
	  .doc = "How long the tokens that this server gives out are valid." },

	{ "api", "port", INT, "8080", .max = 65535, .doc = "Port of plain HTTP. 0: off." },
	{ "api", "address", STRING, "127.0.0.1", .max = 255,
	  .doc = "Address that plain HTTP listens on. Empty: all. Browsers allow camera and microphone on plain HTTP"
	         " only from this very machine." },
	{ "api", "https_port", INT, "8443", .max = 65535, .doc = "Port of HTTPS. 0: off." },
	{ "api", "https_address", STRING, "", .max = 255, .doc = "Address that HTTPS listens on. Empty: all." },
	{ "api", "certificate", STRING, "", .max = PATH_MAX_LENGTH,
	  .doc = "PEM file with the certificate and its chain. Empty, like private_key: a self-signed one is made"
	         " in state_folder." },
	{ "api", "private_key", STRING, "", .max = PATH_MAX_LENGTH, .doc = "PEM file with the key of the certificate." },
	{ "api", "state_folder", STRING, ".", .min = 1, .max = PATH_MAX_LENGTH,
	  .doc = "Folder for what the server makes by itself, such as the self-signed certificate." },
	{ "api", "html_folder", STRING, "", .max = PATH_MAX_LENGTH,
	  .doc = "Folder of the web client. Empty: where it was installed." },
	{ "api", "public_url", STRING, "", .max = 2048,
	  .doc = "How browsers reach this server, such as https://meet.example.org. Empty: as each request's"
	         " Host header says." },
	{ "api", "ice_servers", LIST, "", .max = 16,
	  .doc = "STUN and TURN servers that clients are told to use: \"stun:stun.example.org:3478\"." },
	{ "api", "guests_create", BOOL, "true", .doc = "Whether anybody may make a meeting, without a token." },
	{ "api", "guests_join", BOOL, "true",
	  .doc = "Whether anybody who has a meeting's code may join it, without a token." },
	{ "api", "workers", INT, "4", .min = 1, .max = 64, .doc = "Threads that answer requests." },
	{ "api", "max_connections", INT, "2000", .min = 1, .max = 1000000, .doc = "Connections at a time." },
	{ "api", "max_connections_per_address", INT, "200", .min = 1, .max = 1000000,
	  .doc = "Connections at a time from one address." },
	{ "api", "max_body_bytes", INT, "65536", .min = 1024, .max = 16777216, .unit = "bytes",
	  .doc = "The longest body of a REST request." },
	{ "api", "max_message_bytes", INT, "262144", .min = 16384, .max = 16777216, .unit = "bytes",
	  .doc = "The longest message on the WebSocket. An offer of many sections has about 60,000 bytes." },
	{ "api", "messages_per_s", INT, "100", .min = 1, .max = 100000, .unit = "1/s",
	  .doc = "Messages that one WebSocket may send." },
	{ "api", "requests_per_s", INT, "50", .min = 1, .max = 100000, .unit = "1/s",
	  .doc = "REST requests that one address may send." },
	{ "api", "output_queue_bytes", INT, "4194304", .min = 65536, .max = 1073741824, .unit = "bytes",
	  .doc = "What may wait for a slow reader before it is disconnected." },
	{ "api", "reconnect_grace_ms", INT, "9500", .min = 0, .max = 60000, .unit = "ms",
	  .doc = "How long a seat is kept after its WebSocket was lost." },
	{ "api", "ping_ms", INT, "1000", .min = 500, .max = 60000, .unit = "ms",
	  .doc = "How often a WebSocket is pinged." },
	{ "api", "silence_ms", INT, "5000", .min = 1000, .max = 300000, .unit = "ms",
	  .doc = "How long a WebSocket may be silent before it counts as lost. Should be twice ping_ms or more." },
	{ "api", "allowed_origins", LIST, "", .max = 64,
	  .doc = "Web origins besides this server's own whose pages may use it: \"https://www.example.org\"." },

	{ "room", "audio_slots", INT, "3", .min = 1, .max = 8, .doc = "How many of the loudest are heard at a time." },
	{ "room", "all_audio_up_to", INT, "4", .min = 0, .max = 8,
	  .doc = "In meetings of up to this many participants everybody is heard, loud or not." },
	{ "room", "max_video_slots", INT, "25", .min = 1, .max = 100, .doc = "How many videos one viewer may receive." },
	{ "room", "max_participants", INT, "200", .min = 1, .max = 500,
	  .doc = "Upper limit for all meetings, whatever their own max_participants says." },
	{ "room", "max_rooms", INT, "1000", .min = 1, .max = 100000, .doc = "Meetings that are live at a time." },
	{ "room", "video_bitrate_bps", INT, "1500000", .min = 30000, .max = 50000000, .unit = "bit/s",
	  .doc = "What a camera may send." },
	{ "room", "screen_bitrate_bps", INT, "2500000", .min = 30000, .max = 50000000, .unit = "bit/s",
	  .doc = "What a shared screen may send." },
	{ "room", "keyframe_interval_ms", INT, "500", .min = 100, .max = 10000, .unit = "ms",
	  .doc = "The shortest time between two keyframe requests for one track." },
	{ "room", "silent_ms", INT, "8500", .min = 2000, .max = 300000, .unit = "ms",
	  .doc = "After this long without any packet a connection counts as lost." },
	{ 0 },
};
