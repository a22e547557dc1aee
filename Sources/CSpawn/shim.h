// What starting processes needs of the GNU C library beyond POSIX: its own headers show it to
// C programs that ask for GNU extensions only.
#include <spawn.h>

int pipe2(int descriptors[2], int flags);
int posix_spawn_file_actions_addclosefrom_np(
    posix_spawn_file_actions_t *actions, int first);
