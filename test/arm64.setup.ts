import { arch } from 'node:os';
import { expect } from 'vitest';

expect(arch()).toBe('arm64');
// Else the path is that of the emulated program, which this machine cannot start by itself.
process.execPath = process.env.COCHLEA_NODE as string;
