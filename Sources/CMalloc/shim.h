// The C library's count of the bytes it has handed out; its Swift module leaves it out.
#include <malloc.h>
