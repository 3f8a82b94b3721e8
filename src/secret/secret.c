#include "secret/secret.h"
