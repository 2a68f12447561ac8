# A door to the one build in CMakeLists.txt, for tools that know node-gyp only: `npm install` without
# a prebuilt addon, and prebuildify.
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
