using System.Text.Json;
using ControlPanel.Verification.Secrets;

namespace ControlPanel.Demo.ObjectStore;

/// <summary>
/// A bucket of the demo store: a folder with a file for the bytes and one for the description of each object, and an
/// index in memory. An overwritten object keeps its bytes until the readers that have it open are done.
/// </summary>
internal sealed class StoredBucket
{
    private const string Description = "bucket.json";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, StoredObject> _objects = new(StringComparer.Ordinal);
    private readonly List<string> _keys = [];
    private readonly string _folder;
    private readonly ISecretSource _random;

    private StoredBucket(string name, string folder, DateTimeOffset createdAt, ISecretSource random)
    {
        Name = name;
        CreatedAt = createdAt;
        _folder = folder;
        _random = random;
    }

    public string Name { get; }

    public DateTimeOffset CreatedAt { get; }

    public static StoredBucket Create(string root, string name, DateTimeOffset now, ISecretSource random)
    {
        var folder = Directory.CreateDirectory(Path.Combine(root, name)).FullName;
        File.WriteAllText(Path.Combine(folder, Description), JsonSerializer.Serialize(now));
        return new StoredBucket(name, folder, now, random);
    }

    /// <summary>Reads a bucket that an earlier run left; <see langword="null"/> when the folder is none.</summary>
    public static StoredBucket? Open(string folder, ISecretSource random)
    {
        var description = Path.Combine(folder, Description);
        if (!File.Exists(description))
        {
            return null;
        }

        var bucket = new StoredBucket(
            Path.GetFileName(folder),
            folder,
            JsonSerializer.Deserialize<DateTimeOffset>(File.ReadAllText(description)),
            random
        );
        foreach (var file in Directory.EnumerateFiles(folder, "*.object"))
        {
            if (
                JsonSerializer.Deserialize<StoredObject>(File.ReadAllText(file)) is { } known
                && File.Exists(bucket.PathOf(known))
            )
            {
                bucket.Index(known);
            }
        }

        return bucket;
    }

    /// <summary>Gives received bytes a name; what had the name before is gone.</summary>
    /// <param name="mayReplace">Whether an object of that name may be there.</param>
    public StoredObject? Put(
        string key,
        ReceivedBytes bytes,
        string etag,
        IReadOnlyDictionary<string, string> headers,
        DateTimeOffset now,
        bool mayReplace = true
    )
    {
        lock (_gate)
        {
            if (!mayReplace && _objects.ContainsKey(key))
            {
                return null;
            }

            var blob = NewName();
            File.Move(bytes.Path, Path.Combine(_folder, blob));
            var written = new StoredObject(key, blob, bytes.Size, etag, now, headers);
            File.WriteAllText(DescriptionOf(written), JsonSerializer.Serialize(written));
            if (_objects.TryGetValue(key, out var before))
            {
                Forget(before);
            }

            Index(written);
            return written;
        }
    }

    public StoredObject? Find(string key)
    {
        lock (_gate)
        {
            return _objects.GetValueOrDefault(key);
        }
    }

    /// <summary>Opens the bytes of an object as it is now.</summary>
    public (StoredObject Object, FileStream Bytes)? OpenRead(string key)
    {
        lock (_gate)
        {
            return _objects.TryGetValue(key, out var found)
                ? (
                    found,
                    new FileStream(
                        PathOf(found),
                        FileMode.Open,
                        FileAccess.Read,
                        FileShare.Read | FileShare.Delete,
                        64 * 1024,
                        FileOptions.Asynchronous | FileOptions.SequentialScan
                    )
                )
                : null;
        }
    }

    public void Delete(string key)
    {
        lock (_gate)
        {
            if (_objects.Remove(key, out var found))
            {
                _keys.RemoveAt(_keys.BinarySearch(key, StringComparer.Ordinal));
                Forget(found);
            }
        }
    }

    /// <summary>Removes the folder if nothing is in the bucket.</summary>
    public bool TryRemove()
    {
        lock (_gate)
        {
            if (_objects.Count > 0)
            {
                return false;
            }

            Directory.Delete(_folder, recursive: true);
            return true;
        }
    }

    /// <summary>A page of the listing.</summary>
    /// <param name="after">Only what sorts behind it.</param>
    public ListedPage List(string prefix, string delimiter, string after, int most)
    {
        lock (_gate)
        {
            List<StoredObject> objects = [];
            List<string> prefixes = [];
            var last = "";
            var at = IndexOf(string.CompareOrdinal(prefix, after) > 0 ? prefix : after);
            while (at < _keys.Count)
            {
                var key = _keys[at];
                if (!key.StartsWith(prefix, StringComparison.Ordinal))
                {
                    // Keys are sorted: behind the prefix nothing more can have it.
                    break;
                }

                var cut = delimiter.Length == 0 ? -1 : key.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal);
                var folded = cut < 0 ? null : key[..(cut + delimiter.Length)];
                if (string.CompareOrdinal(folded ?? key, after) <= 0)
                {
                    at++;
                    continue;
                }

                if (objects.Count + prefixes.Count >= most)
                {
                    return new ListedPage(objects, prefixes, IsTruncated: most > 0, last);
                }

                if (folded is null)
                {
                    objects.Add(_objects[key]);
                    last = key;
                    at++;
                }
                else
                {
                    prefixes.Add(folded);
                    last = folded;
                    at = IndexOf(folded + char.MaxValue);
                }
            }

            return new ListedPage(objects, prefixes, IsTruncated: false, last);
        }
    }

    private int IndexOf(string from)
    {
        var at = _keys.BinarySearch(from, StringComparer.Ordinal);
        return at < 0 ? ~at : at;
    }

    private void Index(StoredObject item)
    {
        _objects[item.Key] = item;
        var at = _keys.BinarySearch(item.Key, StringComparer.Ordinal);
        if (at < 0)
        {
            _keys.Insert(~at, item.Key);
        }
    }

    private void Forget(StoredObject item)
    {
        File.Delete(DescriptionOf(item));
        File.Delete(PathOf(item));
    }

    private string PathOf(StoredObject item) => Path.Combine(_folder, item.Blob);

    private string DescriptionOf(StoredObject item) => Path.Combine(_folder, item.Blob + ".object");

    private string NewName()
    {
        Span<byte> bytes = stackalloc byte[16];
        _random.Fill(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}

/// <summary>A page of a listing.</summary>
/// <param name="Last">The last name on the page; where the next one goes on.</param>
internal sealed record ListedPage(
    IReadOnlyList<StoredObject> Objects,
    IReadOnlyList<string> Prefixes,
    bool IsTruncated,
    string Last
);
