#include "config.h"
#include "plugins/room/host.h"

Host host;
