namespace AuditConsole.Storage.Segments;

/// <summary>How many sequences segments cover. They begin behind multiples of these.</summary>
/// <param name="Small">What is sealed once it is there; less than this is looked through one by one.</param>
/// <param name="Large">What small ones are put together to; a multiple of <paramref name="Small"/>, at most 65,536.</param>
internal sealed record SegmentSizes(int Small = 4096, int Large = SegmentMatcher.MostEntries);
