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
	{ "api", "ice_servers", LIST, "", .max = 16, .prefix = "stun:",
	  .doc = "STUN servers that clients are told to use: \"stun:stun.example.org:3478\". TURN servers want credentials,"
	         " which clients cannot be given yet." },
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
	{ "api", "request_ms", INT, "15000", .min = 1000, .max = 300000, .unit = "ms",
	  .doc = "How long a REST request may take to arrive, from its head to the end of its body." },
	{ "api", "output_total_bytes", INT, "268435456", .min = 1048576, .max = 1099511627776, .unit = "bytes",
	  .doc = "What may wait for all readers together; beyond it the one with the longest queue is disconnected." },
	{ "api", "output_queue_bytes", INT, "4194304", .min = 65536, .max = 1073741824, .unit = "bytes",
	  .doc = "What may wait for a slow reader before it is disconnected." },
	{ "api", "reconnect_grace_ms", INT, "9500", .min = 0, .max = 60000, .unit = "ms",
	  .doc = "How long a seat is kept after its WebSocket was lost." },
	{ "api", "max_dropped", INT, "2000", .min = 1, .max = 1000000,
	  .doc = "Seats that are kept for lost WebSockets at a time; beyond it the one lost longest is given up." },
	{ "api", "max_dropped_per_address", INT, "200", .min = 1, .max = 1000000,
	  .doc = "The same, of one address." },
	{ "api", "ping_ms", INT, "1000", .min = 500, .max = 60000, .unit = "ms",
	  .doc = "How often a WebSocket is pinged." },
	{ "api", "silence_ms", INT, "5000", .min = 1000, .max = 300000, .unit = "ms",
	  .doc = "How long a WebSocket may be silent before it counts as lost. Should be twice ping_ms or more." },
	{ "api", "allowed_origins", LIST, "", .max = 64,
	  .doc = "Web origins besides this server's own whose pages may use it: \"https://www.example.org\"." },

	{ "room", "audio_slots", INT, "3", .min = 1, .max = 8,
	  .doc = "How many of the loudest are heard at a time, in meetings that do not say so themselves." },
	{ "room", "all_audio_up_to", INT, "4", .min = 0, .max = 8,
	  .doc = "In meetings of up to this many participants everybody is heard, loud or not." },
	{ "room", "audio_red", BOOL, "true",
	  .doc = "Whether voices may be sent with repetitions (RED, RFC 2198) to those who lose many packets." },
	{ "room", "max_video_slots", INT, "25", .min = 1, .max = 100, .doc = "How many videos one viewer may receive." },
	{ "room", "max_participants", INT, "200", .min = 1, .max = 1000,
	  .doc = "Upper limit for all meetings, whatever their own max_participants says." },
	{ "room", "max_publishers", INT, "200", .min = 1, .max = 1000,
	  .doc = "How many of a meeting's participants may send audio or video at a time; a meeting may allow fewer." },
	{ "room", "max_rooms", INT, "1000", .min = 1, .max = 100000, .doc = "Meetings that are live at a time." },
	{ "room", "video_codecs", LIST, "vp8,h264,vp9,av1", .min = 1, .max = 4, .allowed = "vp8|h264|vp9|av1",
	  .doc = "What meetings may encode video with, in the order of preference: the first is that of new meetings." },
	{ "room", "video_bitrate_bps", INT, "1500000", .min = 30000, .max = 50000000, .unit = "bit/s",
	  .doc = "What a camera may send; a meeting may allow less." },
	{ "room", "screen_bitrate_bps", INT, "2500000", .min = 30000, .max = 50000000, .unit = "bit/s",
	  .doc = "What a shared screen may send; a meeting may allow less." },
	{ "room", "simulcast_layers", INT, "3", .min = 1, .max = 3,
	  .doc = "How many sizes of a camera's picture are sent, so that each viewer gets what fits. 1: only one." },
	{ "room", "temporal_layers", INT, "3", .min = 1, .max = 3,
	  .doc = "How many rates of pictures there are within one size; VP8 only. 1: only one." },
	{ "room", "start_bitrate_bps", INT, "1000000", .min = 30000, .max = 1000000000, .unit = "bit/s",
	  .doc = "What a viewer is thought to be able to receive before anything is known." },
	{ "room", "min_bitrate_bps", INT, "60000", .min = 10000, .max = 10000000, .unit = "bit/s",
	  .doc = "What a viewer gets however bad the connection seems." },
	{ "room", "max_viewer_bitrate_bps", INT, "20000000", .min = 100000, .max = 1000000000, .unit = "bit/s",
	  .doc = "What one viewer gets at most." },
	{ "room", "batch_ms", INT, "0", .min = 0, .max = 5, .unit = "ms",
	  .doc = "How long packets may wait for others to the same viewer. May spare a little CPU in meetings and"
	         " delays all by half of this; useless for webinars. 0: not at all." },
	{ "room", "warm_up_ms", INT, "4000", .min = 0, .max = 60000, .unit = "ms",
	  .doc = "So long after somebody came their largest pictures are not made, and they get none: browsers have most to do then."
	         " With 3 simulcast_layers only." },
	{ "room", "keyframe_interval_ms", INT, "500", .min = 100, .max = 10000, .unit = "ms",
	  .doc = "The shortest time between two keyframe requests for one track." },
	{ "room", "silent_ms", INT, "8500", .min = 2000, .max = 300000, .unit = "ms",
	  .doc = "After this long without any packet a connection counts as lost." },
	{ 0 },
};
