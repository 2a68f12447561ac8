export default { output: 'standalone', serverExternalPackages: ['cochlea'] };
