using System.Text.Json.Nodes;
using AuditConsole.Core;
using FsCheck;
using FsCheck.Fluent;

namespace AuditConsole.Tests.Entities;

/// <summary>Payloads of every shape, and pairs that share most of theirs, as versions do.</summary>
internal static class JsonGenerators
{
    private static readonly string[] Names = ["slug", "rules", "version", "severity", "a", "b b", "", "ü", "x.y"];

    /// <summary>Any payload.</summary>
    public static Gen<CanonicalObject> Payload => Gen.Sized(size => Object(Math.Min(size, 4))).Select(node => Canonical(node));

    /// <summary>A payload, and the same one after a few edits.</summary>
    public static Gen<(CanonicalObject Old, CanonicalObject New)> Edited =>
        from old in Gen.Sized(size => Object(Math.Min(size, 4)))
        from seed in Gen.Choose(0, int.MaxValue - 1)
        from edits in Gen.Choose(0, 4)
        select (Canonical(old), Canonical(Edit(old.DeepClone(), new Random(seed), edits)));

    /// <summary>The payload of a published profile, its rules named apart.</summary>
    public static Gen<CanonicalObject> Profile =>
        from rules in Rule.ArrayOf()
        from hash in Gen.Choose(0, 3)
        select Canonical(new JsonObject
        {
            ["version"] = "1.0.0",
            ["contentHash"] = $"sha256:{hash}",
            ["rules"] = new JsonArray([.. rules.DistinctBy(rule => (string)rule["slug"]!).Select(rule => rule.DeepClone())]),
        });

    public static CanonicalObject Canonical(JsonNode node)
    {
        using var document = System.Text.Json.JsonDocument.Parse(node.ToJsonString());
        return CanonicalObject.From(document.RootElement);
    }

    private static Gen<JsonObject> Rule =>
        from slug in Gen.Elements("no-async-void", "max-method-length", "use-nullable", "no-sync-io", "sealed-classes")
        from version in Gen.Elements("1.0.0", "1.1.0", "2.0.0")
        from severity in Gen.Elements<string?>(null, "warning", "error", "loud")
        from disabled in Gen.Elements<bool?>(null, true)
        from setting in Gen.Elements<int?>(null, 40, 60)
        select new JsonObject(new (string Name, JsonNode? Value)[]
            {
                ("slug", slug), ("version", version), ("severity", severity), ("disabled", disabled), ("max", setting),
            }
            .Where(member => member.Value is not null).Select(member => KeyValuePair.Create(member.Name, member.Value)));

    private static Gen<JsonNode?> Value(int depth)
    {
        var leaf = Gen.OneOf(
            Gen.Elements("", "error", "1.0.0", "a\"b", "x\ny", "‮", "😀").Select(text => (JsonNode?)JsonValue.Create(text)),
            Gen.Choose(-3, 3).Select(number => (JsonNode?)JsonValue.Create(number)),
            Gen.Elements(true, false).Select(flag => (JsonNode?)JsonValue.Create(flag)),
            Gen.Constant<JsonNode?>(null));
        return depth <= 0
            ? leaf
            : Gen.Frequency((3, leaf), (1, Object(depth - 1).Select(node => (JsonNode?)node)), (2, Array(depth - 1).Select(node => (JsonNode?)node)));
    }

    private static Gen<JsonObject> Object(int depth) =>
        from members in (from name in Gen.Elements(Names) from value in Value(depth) select (name, value)).ArrayOf(4)
        select new JsonObject(members.DistinctBy(member => member.name).Select(member => KeyValuePair.Create(member.name, member.value?.DeepClone())));

    private static Gen<JsonArray> Array(int depth) =>
        from length in Gen.Choose(0, 6)
        from elements in Value(depth).ArrayOf(length)
        select new JsonArray([.. elements.Select(element => element?.DeepClone())]);

    private static JsonNode Edit(JsonNode root, Random random, int edits)
    {
        for (; edits > 0; edits--)
        {
            var node = root;
            while (Children(node) is { Count: > 0 } children && random.Next(3) > 0)
            {
                node = children[random.Next(children.Count)];
            }
            switch (node)
            {
                case JsonArray array when array.Count > 0 && random.Next(2) == 0:
                    array.RemoveAt(random.Next(array.Count));
                    break;
                case JsonArray array:
                    array.Insert(random.Next(array.Count + 1), random.Next(4));
                    break;
                case JsonObject @object when @object.Count > 0 && random.Next(2) == 0:
                    @object.Remove(@object.ElementAt(random.Next(@object.Count)).Key);
                    break;
                case JsonObject @object:
                    @object[Names[random.Next(Names.Length)]] = random.Next(4);
                    break;
            }
        }
        return root;
    }

    private static List<JsonNode> Children(JsonNode node) => node switch
    {
        JsonArray array => [.. array.OfType<JsonNode>()],
        JsonObject @object => [.. @object.Select(member => member.Value).OfType<JsonNode>()],
        _ => [],
    };
}
