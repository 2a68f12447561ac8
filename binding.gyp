# A door to the one build in CMakeLists.txt, for tools that know node-gyp only. Installing does not go through it
# (`gypfile` in package.json, and it is not in the package): `npx cochlea build-addon` does the same.
{
  "targets": [
    {
      "target_name": "cochlea",
      "type": "none",
      "actions": [
        {
          "action_name": "cmake",
          "inputs": ["CMakeLists.txt"],
          "outputs": ["build/Release/cochlea.node"],
          "action": ["node", "native/cmake/build.mjs"]
        }
      ]
    }
  ]
}
