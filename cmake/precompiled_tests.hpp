// SPDX-License-Identifier: MIT
#pragma once

// The headers that all tests include, compiled once per build.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "precompiled.hpp"
