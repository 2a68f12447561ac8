import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { native } from '../native/binding.js';
import { findProviderLibrary, providerLibraries } from './libraries.js';
import type { ProviderProblem } from './provider_problem.js';
import type { Runtime } from './runtime.js';
import type { Provider } from './types.js';

/** Explains why a provider does not work, and what to do about it. ONNX Runtime itself says little. */

/** The problem of a provider, as far as its files show one. */
export function foreseen(provider: Provider, runtime: Runtime): ProviderProblem | undefined {
  return provider === 'cuda' ? missingProvider(runtime) : undefined;
}

/**
 * The problem of a provider, as far as its driver shows one. Called on the thread of the device, because it is slow.
 */
export function foreseenByDriver(provider: Provider): ProviderProblem | undefined {
  return provider === 'cuda' ? missingDriver() : undefined;
}

/** Why a provider failed; `message` is that of ONNX Runtime. */
export function explain(provider: Provider, message: string, runtime: Runtime): ProviderProblem {
  if (provider === 'cuda') return cudaFailure(message, runtime);
  if (provider === 'webgpu') return webgpuFailure(message);
  return { reason: `ONNX Runtime fails: ${message}`, remedy: 'Install onnxruntime-node again.' };
}

function missingProvider(runtime: Runtime): ProviderProblem | undefined {
  const platform = `${process.platform}-${process.arch}`;
  if (platform !== 'linux-x64') {
    return {
      reason: `onnxruntime-node has the CUDA provider for linux-x64, and this is ${platform}`,
      remedy: "Use `provider: 'cpu'`, or 'webgpu' where there is a GPU.",
    };
  }
  const missing = providerLibraries.filter((name) => findProviderLibrary(name, runtime) === undefined);
  if (missing.length > 0) {
    return {
      reason: `${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing in ${runtime.folder} and in the folders of COCHLEA_ORT_LIBS`,
      remedy: `Install onnxruntime-node with its install script (without ONNXRUNTIME_NODE_INSTALL=skip and --ignore-scripts). Or ${pythonPackages(runtime)}.`,
    };
  }
  return undefined;
}

function missingDriver(): ProviderProblem | undefined {
  const driver = native.loadLibrary('libcuda.so.1');
  if (driver !== undefined) {
    return {
      reason: `there is no NVIDIA driver: ${driver}`,
      remedy: 'Install the driver of the GPU; a container gets it from its host (docker run --gpus all).',
    };
  }
  // /dev/dxg is the device in the Windows Subsystem for Linux.
  if (!existsSync('/dev/nvidiactl') && !existsSync('/dev/dxg')) {
    return {
      reason: 'there is an NVIDIA driver, but no GPU: /dev/nvidiactl does not exist',
      remedy: 'Give the container a GPU (docker run --gpus all), or load the kernel module (nvidia-smi does).',
    };
  }
  return undefined;
}

/** Libraries that the CUDA provider of ONNX Runtime 1.30 needs. cuDNN is needed only for convolutions. */
const cudaLibraries = ['libcudart.so.13', 'libcublasLt.so.13', 'libcublas.so.13', 'libcurand.so.10', 'libcudnn.so.9'];

function cudaFailure(message: string, runtime: Runtime): ProviderProblem {
  // Only after ONNX Runtime has tried: nobody else may load its provider library before.
  const provider = findProviderLibrary('libonnxruntime_providers_cuda.so', runtime);
  const why = provider === undefined ? undefined : native.loadLibrary(provider);
  const missing = cudaLibraries.filter((name) => native.loadLibrary(name) !== undefined);
  if (why === undefined && missing.length === 0) {
    return {
      reason: `CUDA fails: ${message}`,
      remedy: 'See whether nvidia-smi shows the GPU, `deviceId` is one of its numbers, and the driver knows CUDA 13.',
    };
  }
  const names = missing.length > 0 ? `; missing: ${missing.join(', ')}` : '';
  return {
    reason: `libraries of CUDA are missing: ${why === undefined ? message : `${basename(provider ?? '')} does not load (${why})`}${names}`,
    remedy: `Install CUDA 13 and cuDNN 9 where the loader finds them (LD_LIBRARY_PATH). Or ${pythonPackages(runtime)}.`,
  };
}

function pythonPackages({ version }: Runtime): string {
  return `run: pip install --target cuda "onnxruntime-gpu[cuda,cudnn]==${version}", and set COCHLEA_ORT_LIBS=$PWD/cuda`;
}

function webgpuFailure(message: string): ProviderProblem {
  const loader = process.platform === 'linux' ? native.loadLibrary('libvulkan.so.1') : undefined;
  if (loader !== undefined) {
    return {
      reason: `WebGPU needs the Vulkan loader: ${loader}`,
      remedy: 'Install it (Debian: libvulkan1) and the Vulkan driver of the GPU.',
    };
  }
  if (message.includes('WebGPU adapter')) {
    return {
      reason: 'WebGPU finds no adapter: there is no GPU, or no Vulkan driver for it that has what WebGPU needs',
      remedy:
        'Install the Vulkan driver of the GPU; in a container, mount it and its description (VK_DRIVER_FILES names that). SwiftShader is a driver that needs no GPU.',
    };
  }
  return { reason: `WebGPU fails: ${message}`, remedy: "Use `provider: 'cpu'`, or 'cuda' with an NVIDIA GPU." };
}
