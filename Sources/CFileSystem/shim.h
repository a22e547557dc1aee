// What kind of file system a file lies on, which the C library's Swift module leaves out.
#include <sys/vfs.h>
