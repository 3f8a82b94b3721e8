// Maven's ComparableVersion. See ../vercmp_peer.py.
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import org.apache.maven.artifact.versioning.ComparableVersion;

public class Maven {
	public static void main(String[] arguments) throws IOException {
		BufferedReader rows = new BufferedReader(new InputStreamReader(System.in));
		StringBuilder out = new StringBuilder();
		for (String row = rows.readLine(); row != null; row = rows.readLine()) {
			String[] pair = row.split("\t", 2);
			int order = new ComparableVersion(pair[0]).compareTo(new ComparableVersion(pair[1]));
			out.append(order < 0 ? '<' : order > 0 ? '>' : '=').append('\n');
		}
		System.out.print(out);
	}
}
